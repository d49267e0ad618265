// Pages of `kdlc explain` about causes rather than single messages: why a graph is "disconnected".
#pragma once

#include <span>
#include <string_view>

namespace kdlc {

struct Page {
  std::string_view name;  // what `kdlc explain` takes
  std::string_view title;
  std::string_view text;
  std::string_view wrong;      // a program that has the mistake
  std::string_view code;       // the message that it gets
  std::string_view corrected;  // the same without it; gets none
};

std::span<const Page> all_pages();
/// nullptr when there is none of that name.
const Page* find_page(std::string_view name);

}  // namespace kdlc
