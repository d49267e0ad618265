// Runs deep recursion on a stack of its own.
#pragma once

#include <functional>

namespace kdlc {

/// Runs `work` and waits for it, on a stack of 64 MiB whatever the caller's is (`ulimit -s`, a thread of a server). For
/// recursion whose depth is limited by a count: the count is chosen for this stack. What `work` throws is thrown here.
/// Where the system gives no such stack, `work` runs on the caller's.
void on_deep_stack(const std::function<void()>& work);

}  // namespace kdlc
