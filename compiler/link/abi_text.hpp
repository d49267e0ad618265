// The text of runtime/kdlc_abi.h, for generated headers.
#pragma once

#include <string_view>

namespace kdlc::link {

std::string_view abi_text();

}  // namespace kdlc::link
