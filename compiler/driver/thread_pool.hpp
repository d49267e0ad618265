// The threads of a compiled model that runs in this process.
#pragma once

#include <memory>

#include "kdlc_abi.h"
#include "pool.h"

namespace kdlc::driver {

class ThreadPool {
public:
  /// As many threads as a call of the model can use; alone where the system gives no more.
  explicit ThreadPool(const kdlc_model& model)
      : pool_(model.threads > 1 ? kdlc_pool_open(model.threads) : nullptr, kdlc_pool_close) {}

  /// Tells a call to compute with these threads.
  void enter_into(kdlc_options& options) const {
    options.parallel_for = pool_ != nullptr ? kdlc_pool_run : nullptr;
    options.parallel_context = pool_.get();
  }

private:
  std::unique_ptr<kdlc_pool, void (*)(kdlc_pool*)> pool_;
};

}  // namespace kdlc::driver
