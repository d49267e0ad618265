// Pages of `kdlc explain` about causes rather than single messages.
#include "diagnostics/pages.hpp"

#include <algorithm>
#include <array>

namespace kdlc {

namespace {

constexpr auto kPages = std::to_array<Page>({
#define PAGE(name, title, text, wrong, code, corrected) {name, title, text, wrong, code, corrected},
#include "diagnostics/pages.def"
#undef PAGE
});

}  // namespace

std::span<const Page> all_pages() {
  return kPages;
}

const Page* find_page(std::string_view name) {
  const auto page = std::ranges::find(kPages, name, &Page::name);
  return page == kPages.end() ? nullptr : &*page;
}

}  // namespace kdlc
