// A sample of the language with what Keras makes of it (tests/oracle/samples.py), set up in a folder of its own.
#pragma once

#include <string>
#include <vector>

#include "cli/run_kdlc.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::testing {

/// Some numbers of an output: every `step`th from the first on.
struct ExpectedOutput {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t step = 1;
  std::vector<double> values;
};

struct Sample {
  std::string source;                    // a copy in the folder
  std::vector<std::string> weights;      // the words of the command line that give them
  std::vector<std::string> input_words;  // `image=/…/image.npy`
  std::vector<ExpectedOutput> outputs;
};

/// Copies the sample `name` (`01_mlp`) into the folder and writes its inputs and, where random weights would leave the
/// output without a trace of the input, its weights file beside it.
Sample set_up_sample(const std::string& name, const ScratchFolder& folder);

/// The largest difference from Keras' numbers, as a part of the largest of them.
double worst_error(const ExpectedOutput& expected, const TensorData& actual);

}  // namespace kdlc::testing
