// Runs work on a stack of its own: a thread that the caller waits for.
#include "support/deep_stack.hpp"

#include <pthread.h>

#include <cstddef>
#include <exception>

namespace kdlc {

namespace {

constexpr std::size_t kStackBytes = std::size_t{64} << 20;  // reserved; only the pages that are reached become memory

struct Job {
  const std::function<void()>& work;
  std::exception_ptr thrown;
};

void* run_job(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  try {
    job.work();
  } catch (...) {
    job.thrown = std::current_exception();
  }
  return nullptr;
}

bool start(pthread_t& thread, Job& job) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    return false;
  }
  const bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                       pthread_create(&thread, &attributes, run_job, &job) == 0;
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace

void on_deep_stack(const std::function<void()>& work) {
  Job job{work, nullptr};
  pthread_t thread{};
  if (!start(thread, job)) {
    work();
    return;
  }
  pthread_join(thread, nullptr);
  if (job.thrown) {
    std::rethrow_exception(job.thrown);
  }
}

}  // namespace kdlc
