// Where text goes, and whether it is coloured.
#include "driver/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace kdlc::driver {

namespace {

/// NO_COLOR (no-color.org) and TERM=dumb are the user's standing wish.
bool wants_colour(std::FILE* file) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused =
      (no_colour != nullptr && *no_colour != '\0') || (terminal != nullptr && std::string_view(terminal) == "dumb");
  return !refused && isatty(fileno(file)) == 1;
}

}  // namespace

void Console::choose_colour(std::string_view when) {
  results_in_colour_ = when == "always" || (when == "auto" && wants_colour(results_));
  messages_in_colour_ = when == "always" || (when == "auto" && wants_colour(messages_));
}

bool Console::shows_progress() const {
  return isatty(fileno(messages_)) == 1;
}

int Console::width() const {
  constexpr int kNarrowest = 60;
  constexpr int kDefault = 100;
  winsize size{};
  if (ioctl(fileno(results_), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kDefault;
  }
  return std::max<int>(size.ws_col, kNarrowest);
}

bool Console::flush() {
  lost_results_ = std::fflush(results_) != 0 || lost_results_;
  std::fflush(messages_);
  return !lost_results_;
}

void Console::write(std::FILE* file, std::string_view text) {
  const bool is_lost = std::fwrite(text.data(), 1, text.size(), file) != text.size();
  lost_results_ = lost_results_ || (is_lost && file == results_);
}

}  // namespace kdlc::driver
