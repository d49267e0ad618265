// Recurrent layers: checked, not compiled yet (they need a loop over steps as a primitive).
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// How a recurrent layer differs from the others.
struct RecurrentKind {
  std::int64_t gate_count = 1;   // lstm 4, gru 3
  std::size_t state_count = 1;   // lstm has h and c
  bool has_reset_after = false;  // gru: a second row of biases
};

std::optional<Inferred> infer_recurrent(const Application& application, const RecurrentKind& kind);
/// The settings that all of them take; lstm and gru have `recurrent_activation`, gru has `reset_after`.
std::vector<Setting> recurrent_settings(const RecurrentKind& kind);
std::vector<InputSpec> recurrent_inputs();
std::vector<ForeignName> recurrent_foreign_names();

}  // namespace kdlc::catalogue
