// Questions that the cost model answers and that measuring may answer better.
//
// A question is a text: all that an answer depends on, beside the machine. So a table of answers is text to text, can
// be kept in a file, and knows nothing of models. An answer decides how fast a model is, and with --strict not one bit
// of what it computes; without, the order of a sum may follow it, as it follows the cost model's.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plan/contraction_blocks.hpp"
#include "plan/contraction_tensors.hpp"
#include "plan/plan.hpp"
#include "plan/winograd.hpp"

namespace kdlc::plan {

struct MeasuredChoice {
  KernelChoice choice;
  double gain = 0;  // see Choice

  bool operator==(const MeasuredChoice&) const = default;
};

/// What was measured on one machine, by question.
struct MeasuredChoices {
  std::map<std::string, MeasuredChoice> by_question;
};

/// Counts the changes of kernels and cost model after which measurements say nothing any more.
constexpr std::int64_t kKernelsVersion = 2;

/// `tile 4`, or `block 2 7 vectors 2 16 columns 4`: the members of a block, the outermost loop, and rows of a band;
/// behind them ` taps 5` where taps are taken together.
std::string text_of(const KernelChoice& choice);
/// nullopt for a text that text_of does not write.
std::optional<KernelChoice> parse_choice(std::string_view whole);

/// Settles the block of a step, which has the cost model's, and notes the choice. `packed`: the panels that its weights
/// have already, to which the block is made to fit; step.choice is the choice that it follows, and becomes this one.
void choose_block(StepContext& context, ContractionStep& step, const PackedOperand* packed);

/// The tile of a convolution for which the cost model takes `best`, 0 being the direct sum; notes the choice.
std::int64_t choose_tile(StepContext& context, const ConvolutionShape& shape, const ContractionShape& direct,
                         std::int64_t best, std::uint32_t& choice_id);

}  // namespace kdlc::plan
