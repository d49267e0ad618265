// Private to check/: one test while it is elaborated, and what may stand only there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "check/elaboration.hpp"
#include "check/test_case.hpp"

namespace kdlc::check {

/// The model that a test belongs to.
struct TestedModel {
  const syntax::ModelDecl& declaration;
  const graph::Graph& graph;
  Body& body;
  bool has_weights = false;  // a clause of its own
};

struct TestScope {
  Test& test;
  const TestedModel* model = nullptr;  // none at the top of a file
  std::map<std::string, std::int64_t> sizes;
  std::optional<TensorType> declared;           // what `zeros()` takes where it stands
  std::string declared_name;                    // of what is given there
  std::optional<RandomTensor> declared_random;  // with the range of the input
  std::map<std::string, Span> given;            // inputs that the test gives
};

/// The tests of a model, or those of a file; reports what is wrong with them.
struct TestPlace {
  const syntax::Body* model_body = nullptr;
  const TestedModel* model = nullptr;
};
Test elaborate_test(Elaboration& outer, const syntax::TestDecl& declaration, const Scope& file,
                    const TestedModel* model);

/// `type` with known sizes in place of N and declared dims; nullopt when one is missing.
std::optional<TensorType> at_sizes(const TensorType& type, const std::map<std::string, std::int64_t>& sizes);
/// An input of the test's formulas that holds what `source` gives.
Tensor test_value(Body& body, TestSource source, const TensorType& type, const Span& span);

/// `zeros`, `ones`, `random`, `load`.
bool is_test_data_name(std::string_view name);
/// The tensor of `random(seed: 1)` where it stands; K805 where no shape is declared.
Value make_test_data(Body& body, const std::string& name, const syntax::Call& call, const Span& span);
/// In a test a list may stand for a tensor.
Operand as_test_tensor(Body& body, Operand operand, std::optional<DType> dtype);

/// The model applied inside its own test: it runs again, with the same weights.
Value call_tested_model(Body& body, const ApplicationSite& site, Arguments arguments);
/// A block, a `layer` of the model or another model applied in a test: compiled as a program of its own, whose batch is
/// the first axis of what it is given.
Value call_program(Body& body, const Value& callee, const ApplicationSite& site, Arguments arguments);

/// The expectation of one `expect`; nullopt after reporting.
std::optional<TestExpectation> elaborate_expect(Body& body, const syntax::ExpectDecl& declaration);
/// K802 and K806: everything that an expectation depends on is given.
void check_needs(Body& body);

}  // namespace kdlc::check
