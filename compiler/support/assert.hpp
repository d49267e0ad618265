// KDLC_ASSERT: states what must hold inside kdlc; on in every build.
#pragma once

#include <stdexcept>

namespace kdlc {

/// A bug in kdlc itself; driver/main turns it into "internal compiler error" and exit code 70.
class InternalError : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

[[noreturn]] void assertion_failed(const char* file, int line, const char* what_must_hold);

}  // namespace kdlc

#define KDLC_ASSERT(condition, what_must_hold)                             \
  do {                                                                     \
    if (!(condition)) {                                                    \
      ::kdlc::assertion_failed(__FILE_NAME__, __LINE__, (what_must_hold)); \
    }                                                                      \
  } while (false)

#define KDLC_UNREACHABLE(why) ::kdlc::assertion_failed(__FILE_NAME__, __LINE__, (why))
