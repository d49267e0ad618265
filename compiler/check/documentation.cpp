// Doc comments: what the `///` lines above declarations say.
#include "check/documentation.hpp"

#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

void add_documented(const syntax::Decl& declaration, std::vector<Documented>& found) {
  if (declaration.doc.empty()) {
    return;
  }
  const auto add = [&](const char* kind, const syntax::Name& name) {
    found.push_back({kind, name.text, join_doc(declaration.doc)});
  };
  std::visit(Overloaded{
                 [&](const syntax::InputDecl& input) { add("input", input.name); },
                 [&](const syntax::OutputDecl& output) { add("output", output.name); },
                 [&](const syntax::BindDecl& bind) { add("value", bind.targets.front().name); },
                 [&](const syntax::LayerDecl& layer) { add("layer", layer.name); },
                 [&](const syntax::BlockDecl& block) { add("block", block.name); },
                 [&](const syntax::FnDecl& function) { add("fn", function.name); },
                 [&](const syntax::ModelDecl& model) { add("model", model.name); },
                 [](const auto&) {},
             },
             declaration.node);
}

}  // namespace

std::string join_doc(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

std::vector<Documented> find_documented(const syntax::Tree& tree, const syntax::ModelDecl& model) {
  std::vector<Documented> found;
  for (const syntax::Decl& declaration : model.body.declarations) {
    add_documented(declaration, found);
  }
  for (const syntax::Decl& declaration : tree.declarations) {
    if (std::get_if<syntax::ModelDecl>(&declaration.node) != &model) {
      add_documented(declaration, found);
    }
  }
  return found;
}

}  // namespace kdlc::check
