// What each name in the source stands for and how often it is mentioned.
#include "check/names.hpp"

#include <algorithm>
#include <set>
#include <variant>

#include "check/elaboration.hpp"
#include "check/name_uses.hpp"
#include "check/placement.hpp"
#include "diagnostics/kinds.hpp"
#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

bool stages_have_tap(const std::vector<syntax::Stage>& stages) {
  return std::any_of(stages.begin(), stages.end(), [](const syntax::Stage& stage) {
    const auto* application = std::get_if<syntax::ApplyStage>(&stage.node);
    return application != nullptr ? application->path.front().text == "tap"
                                  : stages_have_tap(std::get<syntax::RepeatStage>(stage.node).body);
  });
}

bool has_tap(const syntax::Expr* expression) {
  const auto* chain = expression == nullptr ? nullptr : std::get_if<syntax::Chain>(&expression->node);
  return chain != nullptr && stages_have_tap(chain->stages);
}

}  // namespace

/// Defines a name of the body at hand; K201, K203 or the note K204.
void define_local(Resolver& resolver, const syntax::Name& name, LocalKind kind, const syntax::Expr* value) {
  if (name.text == "_") {
    return;
  }
  resolver.later.erase(name.text);
  const auto known = resolver.locals.find(name.text);
  if (known != resolver.locals.end()) {
    ++resolver.body->error_count;
    ++known->second->mentions;
    Message& message = resolver.report.add(name.span, diag::NameTwice, name.text);
    message.at_caret("defined again").label(known->second->span, "first defined here");
    message.help("give the second value its own name, or continue the first chain");
    return;
  }
  const auto outer = resolver.file_names.find(name.text);
  if (outer != resolver.file_names.end()) {
    ++resolver.body->error_count;
    ++outer->second.mentions;
    report_hides(resolver, name, outer->second.span);
  } else if (kind != LocalKind::shape_name && kind != LocalKind::setting && is_prelude_name(name.text)) {
    resolver.report.add(name.span, diag::NameHidesPrelude, name.text);
  }
  resolver.body->locals.push_back({name.text, kind, name.span, 0, 0, has_tap(value)});
  resolver.locals[name.text] = &resolver.body->locals.back();
}

void resolve_type(Resolver& resolver, const syntax::TypeExpr& type, bool defines_names) {
  if (!type.shape) {
    return;
  }
  for (const syntax::AxisExpr& axis : *type.shape) {
    if (axis.size == nullptr) {
      continue;
    }
    const auto* name = std::get_if<syntax::NameRef>(&axis.size->node);
    const bool is_free = name != nullptr && !resolver.locals.contains(name->name) &&
                         !resolver.file_names.contains(name->name) && name->name != "N";
    if (defines_names && is_free) {
      define_local(resolver, {name->name, axis.size->span}, LocalKind::shape_name);
    } else {
      resolve(resolver, *axis.size, false);
    }
  }
}

void resolve_optional(Resolver& resolver, const syntax::ExprPtr& expression) {
  if (expression != nullptr) {
    resolve(resolver, *expression, false);
  }
}

namespace {

/// `y = x -> dense(1) as head`: who writes `head` means `y`.
void note_path(Resolver& resolver, const syntax::Expr* value, const syntax::Name& name) {
  const auto* chain = value == nullptr ? nullptr : std::get_if<syntax::Chain>(&value->node);
  const auto* last =
      chain == nullptr || chain->stages.empty() ? nullptr : std::get_if<syntax::ApplyStage>(&chain->stages.back().node);
  if (last != nullptr && last->as) {
    resolver.path_values.emplace(last->as->text, &name);
  }
}

void begin_body(Resolver& resolver, const syntax::Body& body) {
  resolver.body = &resolver.facts[&body];
  resolver.locals.clear();
  resolver.later.clear();
  resolver.path_values.clear();
  for (const syntax::Decl& declaration : body.declarations) {
    if (const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node)) {
      note_path(resolver, output->value.get(), output->name);
    }
    if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node); bind && bind->targets.size() == 1) {
      note_path(resolver, bind->value.get(), bind->targets.front().name);
    }
    if (const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node)) {
      for (const syntax::BindTarget& target : bind->targets) {
        resolver.later.emplace(target.name.text, target.name.span);
      }
    } else if (const auto* input = std::get_if<syntax::InputDecl>(&declaration.node)) {
      resolver.later.emplace(input->name.text, input->name.span);
    }
  }
}

/// Settings first, as binding does: shapes and defaults may mention them.
void resolve_parameters(Resolver& resolver, const std::vector<syntax::Parameter>& parameters) {
  for (const syntax::Parameter& parameter : parameters) {
    define_local(resolver, parameter.name, LocalKind::setting);
  }
  for (const syntax::Parameter& parameter : parameters) {
    if (parameter.type) {
      resolve_type(resolver, *parameter.type, true);
    }
  }
  for (const syntax::Parameter& parameter : parameters) {
    if (parameter.default_value != nullptr) {
      resolve(resolver, *parameter.default_value, true);
    }
  }
}

void resolve_declaration(Resolver& resolver, const syntax::Decl& declaration) {
  std::visit(Overloaded{
                 [&](const syntax::InputDecl& input) {
                   resolve_type(resolver, input.type, false);
                   if (input.range) {
                     resolve_range(resolver, *input.range);
                   }
                   define_local(resolver, input.name, LocalKind::input);
                 },
                 [&](const syntax::OutputDecl& output) {
                   if (output.type) {
                     resolve_type(resolver, *output.type, false);
                   }
                   resolve_optional(resolver, output.value);
                   if (output.value == nullptr) {
                     mention(resolver, output.name.text, output.name.span, false);
                   } else {
                     define_local(resolver, output.name, LocalKind::output);
                   }
                 },
                 [&](const syntax::DimDecl& dims) {
                   for (const syntax::DimBound& dim : dims.dims) {
                     resolve_optional(resolver, dim.bound);
                     define_local(resolver, dim.name, LocalKind::dim);
                   }
                 },
                 [&](const syntax::ConstDecl& constant) {
                   if (constant.type) {
                     resolve_type(resolver, *constant.type, false);
                   }
                   resolve_optional(resolver, constant.value);
                   define_local(resolver, constant.name, LocalKind::constant);
                 },
                 [&](const syntax::ParamDecl& param) {
                   resolve_type(resolver, param.type, false);
                   resolver.takes_initializers = true;
                   resolve_optional(resolver, param.value);
                   resolver.takes_initializers = false;
                   define_local(resolver, param.name, LocalKind::param);
                 },
                 [&](const syntax::LayerDecl& layer) {
                   resolve_stages(resolver, layer.stages);
                   define_local(resolver, layer.name, LocalKind::layer);
                 },
                 [&](const syntax::RequireDecl& require) { resolve(resolver, *require.condition, false); },
                 [&](const syntax::BindDecl& bind) {
                   for (const syntax::BindTarget& target : bind.targets) {
                     if (target.type) {
                       resolve_type(resolver, *target.type, false);
                     }
                   }
                   resolve(resolver, *bind.value, false);
                   for (const syntax::BindTarget& target : bind.targets) {
                     define_local(resolver, target.name, LocalKind::value, bind.value.get());
                   }
                 },
                 [&](const syntax::ReturnDecl& result) {
                   for (const syntax::ExprPtr& value : result.values) {
                     resolve(resolver, *value, false);
                   }
                 },
                 [&](const syntax::TrainDecl& train) { resolve_train(resolver, train); },
                 [](const auto&) {},  // weights mention no values, tests come last; what is misplaced has been reported
             },
             declaration.node);
}

void resolve_body(Resolver& resolver, const syntax::Body& body, const std::vector<syntax::Parameter>& parameters) {
  begin_body(resolver, body);
  resolve_parameters(resolver, parameters);
  for (const syntax::Decl& declaration : body.declarations) {
    resolve_declaration(resolver, declaration);
  }
  resolve_tests(resolver, body.declarations);
}

void define_in_file(Resolver& resolver, const syntax::Name& name, const std::string& kind) {
  const auto [known, is_new] = resolver.file_names.try_emplace(name.text, FileName{kind, name.span, 0});
  if (!is_new) {
    resolver.report.add(name.span, diag::NameTwice, name.text)
        .at_caret("defined again")
        .label(known->second.span, "first defined here");
  } else if (is_prelude_name(name.text)) {
    resolver.report.add(name.span, diag::NameHidesPrelude, name.text);
  }
}

void report_unused(Resolver& resolver) {
  for (const auto& [name, entry] : resolver.file_names) {
    if (entry.mentions == 0 && entry.kind != "model" && name.front() != '_') {
      resolver.report.add(entry.span, diag::UnusedDefinition, entry.kind, name)
          .help("delete it, or start its name with `_` to keep it");
    }
  }
}

void resolve_file_declaration(Resolver& resolver, const syntax::Decl& declaration, BodyFacts& scratch) {
  if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
    resolve_body(resolver, model->body, model->parameters);
  } else if (const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node)) {
    resolve_body(resolver, block->body, block->parameters);
    for (const syntax::TypeExpr& result : block->results) {
      resolve_type(resolver, result, false);
    }
  } else if (const auto* function = std::get_if<syntax::FnDecl>(&declaration.node)) {
    resolver.body = &scratch;
    resolver.locals.clear();
    resolver.later.clear();
    resolve_parameters(resolver, function->parameters);
    resolve(resolver, *function->value, false);
  } else if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    resolver.body = nullptr;
    resolver.locals.clear();
    resolver.later.clear();
    if (constant->type) {
      resolve_type(resolver, *constant->type, false);
    }
    resolve_optional(resolver, constant->value);
  }
}

}  // namespace

const syntax::Name* name_of_definition(const syntax::Decl& declaration) {
  if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
    return &model->name;
  }
  if (const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node)) {
    return &block->name;
  }
  if (const auto* function = std::get_if<syntax::FnDecl>(&declaration.node)) {
    return &function->name;
  }
  if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
    return &constant->name;
  }
  if (const auto* import = std::get_if<syntax::ImportDecl>(&declaration.node)) {
    return import->as ? &*import->as : nullptr;
  }
  return nullptr;
}

void resolve_names(const FileNames& file, NameFacts& facts, Report& report, const NameOptions& options) {
  Resolver resolver{file, facts, report, {}};
  bool has_model = false;
  for (const syntax::Decl& declaration : file.tree->declarations) {
    if (const syntax::Name* name = name_of_definition(declaration)) {
      const bool is_import = std::holds_alternative<syntax::ImportDecl>(declaration.node);
      const bool is_model = std::holds_alternative<syntax::ModelDecl>(declaration.node);
      const bool is_block = std::holds_alternative<syntax::BlockDecl>(declaration.node);
      const bool is_function = std::holds_alternative<syntax::FnDecl>(declaration.node);
      has_model = has_model || is_model;
      define_in_file(resolver, *name,
                     is_import     ? "import"
                     : is_model    ? "model"
                     : is_block    ? "block"
                     : is_function ? "fn"
                                   : "const");
    }
  }
  std::deque<BodyFacts> scratch;
  for (const syntax::Decl& declaration : file.tree->declarations) {
    resolve_file_declaration(resolver, declaration, scratch.emplace_back());
  }
  resolver.locals.clear();
  resolver.later.clear();
  if (std::ranges::all_of(file.tree->declarations, may_stand_in_file)) {
    resolve_tests(resolver, file.tree->declarations);  // else they may belong to a model that ended early
  }
  if (has_model && !options.is_import) {
    report_unused(resolver);
  }
}

}  // namespace kdlc::check
