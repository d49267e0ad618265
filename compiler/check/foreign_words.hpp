// Private to check/: names and settings that other frameworks have and this language says in another way.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace kdlc::check {

/// The help of K202 for what is called `ours` here: the new name, without the arguments that only others need.
/// `call`: its arguments; may be null.
Help help_with_our_name(std::string_view name, const Span& span, std::string_view ours,
                        const std::vector<syntax::Argument>* call);
/// How others' functions without a counterpart are written here: `unsqueeze`.
std::optional<std::string_view> advice_for_name(std::string_view name);
/// How a setting that no layer has is said here: `input_shape`, `mask_zero`.
std::optional<std::string_view> advice_for_setting(std::string_view setting, std::string_view layer);

}  // namespace kdlc::check
