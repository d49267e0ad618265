// The compiled main of executables, carried inside kdlc: the assembler copies each archive into the read-only data.
#include "link/runtime_archives.hpp"

#include <cstddef>

#ifdef KDLC_RUNTIME_x86_64
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "kdlc_runtime_x86_64_begin: .incbin \"" KDLC_RUNTIME_x86_64
    "\"\n"
    "kdlc_runtime_x86_64_end: .byte 0\n"
    ".popsection\n");
extern "C" const std::byte kdlc_runtime_x86_64_begin[] __attribute__((visibility("hidden")));
extern "C" const std::byte kdlc_runtime_x86_64_end[] __attribute__((visibility("hidden")));
#endif

#ifdef KDLC_RUNTIME_aarch64
asm(".pushsection .rodata\n"
    ".balign 16\n"
    "kdlc_runtime_aarch64_begin: .incbin \"" KDLC_RUNTIME_aarch64
    "\"\n"
    "kdlc_runtime_aarch64_end: .byte 0\n"
    ".popsection\n");
extern "C" const std::byte kdlc_runtime_aarch64_begin[] __attribute__((visibility("hidden")));
extern "C" const std::byte kdlc_runtime_aarch64_end[] __attribute__((visibility("hidden")));
#endif

namespace kdlc::link {

std::span<const std::byte> runtime_archive(std::string_view architecture) {
#ifdef KDLC_RUNTIME_x86_64
  if (architecture == "x86_64") {
    return {kdlc_runtime_x86_64_begin, kdlc_runtime_x86_64_end};
  }
#endif
#ifdef KDLC_RUNTIME_aarch64
  if (architecture == "aarch64") {
    return {kdlc_runtime_aarch64_begin, kdlc_runtime_aarch64_end};
  }
#endif
  return {};
}

}  // namespace kdlc::link
