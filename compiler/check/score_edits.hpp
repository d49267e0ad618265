// Private to check/: edits of the source that mend a loss or metric.
#pragma once

#include "check/train_state.hpp"

namespace kdlc::check {

/// `, from_logits: true` behind the last argument; nullopt where the score is not written as `f(…)`.
std::optional<Edit> append_argument(const TrainState& state, const ScoreCheck& check, std::string_view argument);
/// The setting with its name and the comma before it taken out; nullopt where it is not given by name.
std::optional<Edit> remove_argument(const TrainState& state, const ScoreCheck& check, std::string_view setting);
/// The activation of the output written as another: `dense(4, relu)` as `dense(4, softmax)`; nullopt where its name
/// does not stand alone in the layer that it belongs to.
std::optional<Edit> replace_activation(const TrainState& state, const ScoreCheck& check, std::string_view activation);
/// The score under another name.
Edit rename_score(const ScoreCheck& check, std::string_view name);

/// Adds the edits that are there; advice only when one is missing.
void help_with(Message& message, std::string words, const std::vector<std::optional<Edit>>& edits);

}  // namespace kdlc::check
