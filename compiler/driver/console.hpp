// Where text goes: results to standard output, everything else to standard error.
#pragma once

#include <cstdio>
#include <string_view>

namespace kdlc::driver {

class Console {
public:
  Console(std::FILE* results, std::FILE* messages) : results_(results), messages_(messages) {}

  /// Decides on colours: "always", "never", or "auto" for terminals that want them.
  void choose_colour(std::string_view when);
  void print(std::string_view text) { write(results_, text); }
  void tell(std::string_view text) { write(messages_, text); }
  [[nodiscard]] bool results_in_colour() const { return results_in_colour_; }
  [[nodiscard]] bool messages_in_colour() const { return messages_in_colour_; }
  /// True when messages go to a terminal, where a line can be written again.
  [[nodiscard]] bool shows_progress() const;
  /// Columns of the terminal that shows the results; 100 when it is none.
  [[nodiscard]] int width() const;
  /// Writes out what is buffered; false when results were lost (a full disk, a closed pipe).
  [[nodiscard]] bool flush();

private:
  void write(std::FILE* file, std::string_view text);

  std::FILE* results_;
  std::FILE* messages_;
  bool results_in_colour_ = false;
  bool messages_in_colour_ = false;
  bool lost_results_ = false;
};

}  // namespace kdlc::driver
