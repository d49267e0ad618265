// The parameters of blocks, fns and models, and the arguments given for them.
#pragma once

#include "check/elaboration.hpp"

namespace kdlc::check {

enum class FormalKind : std::uint8_t { tensor, integer, number, boolean, text, function, block, list, like_default };

/// One parameter, whatever declares it. Points into the tree.
struct Formal {
  const syntax::Name* name = nullptr;
  const syntax::TypeExpr* type = nullptr;       // may be null
  const syntax::Expr* default_value = nullptr;  // may be null
  FormalKind kind = FormalKind::tensor;
};
/// Tensors first, then settings, each in order of declaration.
std::vector<Formal> formals_of(const std::vector<syntax::Parameter>& parameters);

struct FormalsSite {
  std::string owner;  // the name of the block
  ApplicationSite site;
  bool takes_numbers = false;  // a fn is a formula: its tensors may be numbers
};
/// Evaluates the arguments in `caller` and defines the parameters in `callee`; false after reporting, or when one is
/// unknown.
bool bind_formals(Body& caller, Body& callee, const std::vector<Formal>& formals, const FormalsSite& site,
                  const Arguments& arguments);
/// A value as the kind of a setting; nullopt after K304 or K307.
std::optional<Value> convert_formal(Body& body, const Formal& formal, const Value& value, const std::string& owner,
                                    const Span& span, const syntax::Expr* expression);
/// Every option word of the catalogue: what may stand where a text is passed on to a layer.
std::span<const std::string_view> all_option_words();

}  // namespace kdlc::check
