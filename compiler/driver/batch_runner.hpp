// A compiled model in this process, called again and again on parts of a data set.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "driver/compile.hpp"
#include "driver/session.hpp"
#include "driver/thread_pool.hpp"
#include "link/link.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

class BatchRunner {
public:
  /// nullptr after reporting. `compiled` outlives the runner.
  static std::unique_ptr<BatchRunner> make(const Compiled& compiled, const std::string& packed_weights,
                                           Session& session);
  /// The outputs on samples `begin` to `begin + count` of the data; nullopt after reporting. `sizes` are the sizes of
  /// the graph's declared dims; inputs without N are taken whole.
  std::optional<std::vector<TensorData>> run(const std::vector<const TensorData*>& inputs, std::int64_t begin,
                                             std::int64_t count, const std::map<std::string, std::int64_t>& sizes,
                                             Session& session);

private:
  explicit BatchRunner(const Compiled& compiled) : compiled_(compiled) {}

  struct Memory {
    std::vector<std::byte> bytes;
    std::byte* begin = nullptr;
    void allocate(std::size_t size, std::size_t alignment);
  };
  const Compiled& compiled_;
  std::unique_ptr<link::LoadedModel> loaded_;
  Memory weights_bytes_;
  std::size_t packed_size_ = 0;
  Memory arena_;
  std::optional<ThreadPool> pool_;
};

/// The tensor that a type is for the given sizes, zero.
TensorData make_tensor(const TensorType& type, const std::map<std::string, std::int64_t>& sizes);

}  // namespace kdlc::driver
