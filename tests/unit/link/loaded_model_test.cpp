// Objects loaded into this process: what they define is found, what is no object is reported.
#include "catch.hpp"
#include "diagnostics/kinds.hpp"
#include "link/link.hpp"
#include "plan/plan.hpp"

#include <kdlc_abi.h>

namespace kdlc {
namespace {

std::string empty_object(const std::string& triple) {
  Report report;
  const auto target = codegen::find_target(triple, triple.empty() ? "native" : "generic", report);
  REQUIRE(target.has_value());
  const auto object = codegen::compile(
      plan::Plan{}, {.target = *target, .prefix = "m", .embedded_weights = std::vector<std::byte>{}}, report);
  REQUIRE(object.has_value());
  return *object;
}

void check_refused(const std::string& bytes, const std::string& prefix) {
  Report report;
  REQUIRE(link::LoadedModel::load(bytes, prefix, report) == nullptr);
  REQUIRE(report.size() == 1);
  REQUIRE(report.messages()[0].kind == &diag::ObjectNotLoadable);
}

TEST_CASE("a loaded model has its descriptor and symbols") {
  Report report;
  const auto model = link::LoadedModel::load(empty_object(""), "m", report);
  REQUIRE(model != nullptr);
  REQUIRE(model->model().abi_version == KDLC_ABI_VERSION);
  REQUIRE(model->symbol("m_model") == &model->model());
  REQUIRE(model->symbol("m_forward") != nullptr);
  REQUIRE(model->symbol("other_forward") == nullptr);
  REQUIRE(model->symbol("malloc") == nullptr);
  REQUIRE(report.size() == 0);
}

TEST_CASE("many models live in one process") {
  const std::string object = empty_object("");
  Report report;
  const auto first = link::LoadedModel::load(object, "m", report);
  auto second = link::LoadedModel::load(object, "m", report);
  REQUIRE(&first->model() != &second->model());
  second.reset();
  REQUIRE(first->model().abi_version == KDLC_ABI_VERSION);
}

TEST_CASE("what cannot be loaded is reported, not executed") {
  const std::string object = empty_object("");
  check_refused("", "m");
  check_refused("no object", "m");
  check_refused(object.substr(0, object.size() / 2), "m");
  check_refused(object, "another");
  check_refused(empty_object("aarch64-linux-gnu"), "m");
}

}  // namespace
}  // namespace kdlc
