// Raises the error of a broken assertion.
#include "support/assert.hpp"

#include <string>

namespace kdlc {

void assertion_failed(const char* file, int line, const char* what_must_hold) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + what_must_hold);
}

}  // namespace kdlc
