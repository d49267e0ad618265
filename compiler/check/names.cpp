// What each name in the source stands for and how often it is mentioned.
#include "check/names.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/formals.hpp"
#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::check {

namespace {

/// A definition of the file itself, or of an imported one.
struct FileName {
  std::string kind;  // "block"
  Span span;
  std::uint32_t mentions = 0;
};

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

struct Resolver {
  const FileNames& file;
  NameFacts& facts;
  Report& report;
  std::map<std::string, FileName> file_names;
  BodyFacts* body = nullptr;                    // null at the top of the file
  std::map<std::string, Local*> locals;         // of the body at hand
  std::vector<const syntax::Name*> turn_names;  // variables of the `repeat`s around
  std::map<std::string, Span> later;            // names that the body defines further down
  bool takes_initializers = false;              // where a weight's start is given: `zeros()`, `normal(0.02)`
  bool is_train = false;                        // names of losses and targets are checked with `train`
};

void resolve(Resolver& resolver, const syntax::Expr& expression, bool is_argument);

bool is_option_word(const std::string& name) {
  const std::span<const std::string_view> words = all_option_words();
  return std::find(words.begin(), words.end(), name) != words.end();
}

void report_unknown(Resolver& resolver, const std::string& name, const Span& span) {
  if (resolver.body != nullptr) {
    ++resolver.body->error_count;
  }
  Message& message = resolver.report.add(span, diag::UnknownName, name);
  const auto below = resolver.later.find(name);
  if (below != resolver.later.end()) {
    message.label(below->second, fmt::format("`{}` is defined here, below its use", name));
    message.help("move its line up: names are defined above their use");
    return;
  }
  std::vector<std::string> candidates;
  for (const auto& [local, entry] : resolver.locals) {
    candidates.push_back(local);
  }
  for (const auto& [global, entry] : resolver.file_names) {
    candidates.push_back(global);
  }
  for (const catalogue::Layer* layer : catalogue::layers()) {
    candidates.emplace_back(layer->name);
  }
  for (const catalogue::Activation* activation : catalogue::activations()) {
    candidates.emplace_back(activation->name);
  }
  if (const std::optional<std::string_view> ours = catalogue::our_name_of(name)) {
    message.help(fmt::format("it is called `{}` here", *ours), {span, std::string(*ours)});
  } else if (const std::optional<std::string> nearest = nearest_name(name, candidates)) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {span, *nearest});
    // The likely meaning counts as used, so that a slip of one letter is one message.
    const auto local = resolver.locals.find(*nearest);
    if (local != resolver.locals.end()) {
      ++local->second->mentions;
    }
  } else if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
    message.help(fmt::format("a size known only at run time is declared: `dim {} <= 512`", name));
  }
}

void mention(Resolver& resolver, const std::string& name, const Span& span, bool is_argument) {
  for (const syntax::Name* turn : resolver.turn_names) {
    if (turn->text == name) {
      return;
    }
  }
  const auto local = resolver.locals.find(name);
  if (local != resolver.locals.end()) {
    ++(resolver.is_train ? local->second->train_mentions : local->second->mentions);
    return;
  }
  const auto global = resolver.file_names.find(name);
  if (global != resolver.file_names.end()) {
    ++global->second.mentions;
    return;
  }
  const bool is_word = is_argument && is_option_word(name);
  const bool is_initializer = resolver.takes_initializers && is_initializer_name(name);
  if (is_word || is_initializer || is_prelude_name(name) || resolver.is_train) {
    return;
  }
  report_unknown(resolver, name, span);
}

void mention_member(Resolver& resolver, const std::string& module_name, const syntax::Name& member) {
  const auto imported = resolver.file.imports.find(module_name);
  if (imported == resolver.file.imports.end() || imported->second == nullptr) {
    return;  // no import of that name, or one that could not be read: reported where it stands
  }
  std::vector<std::string> candidates;
  for (const syntax::Decl& declaration : imported->second->tree->declarations) {
    if (const syntax::Name* name = name_of_definition(declaration)) {
      if (name->text == member.text) {
        return;
      }
      candidates.push_back(name->text);
    }
  }
  if (resolver.body != nullptr) {
    ++resolver.body->error_count;
  }
  Message& message =
      resolver.report.add(member.span, diag::UnknownName, fmt::format("{}.{}", module_name, member.text));
  if (const std::optional<std::string> nearest = nearest_name(member.text, candidates)) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {member.span, *nearest});
  }
}

/// `padding: sane`: a name that is nothing is a misspelt word there, and the setting says which words it takes.
bool is_word_place(const Resolver& resolver, const std::string& callee, const syntax::Argument& argument) {
  const auto* name = std::get_if<syntax::NameRef>(&argument.value->node);
  const bool is_own = resolver.locals.contains(callee) || resolver.file_names.contains(callee);
  const catalogue::Layer* layer = is_own ? nullptr : catalogue::find_layer(callee);
  if (name == nullptr || layer == nullptr || !argument.name) {
    return false;
  }
  const bool is_turn =
      std::ranges::any_of(resolver.turn_names, [&](const syntax::Name* turn) { return turn->text == name->name; });
  const bool is_known = is_turn || resolver.locals.contains(name->name) || resolver.file_names.contains(name->name);
  const auto setting = std::ranges::find(layer->settings, argument.name->text, &catalogue::Setting::name);
  return !is_known && setting != layer->settings.end() &&
         (setting->kind == catalogue::SettingKind::padding || !setting->words.empty());
}

void resolve_arguments(Resolver& resolver, const std::string& callee, const std::vector<syntax::Argument>& arguments) {
  for (const syntax::Argument& argument : arguments) {
    if (is_word_place(resolver, callee, argument)) {
      continue;
    }
    const bool outer = resolver.takes_initializers;
    const bool is_start = argument.name && (argument.name->text.ends_with("init") || argument.name->text == "initial");
    resolver.takes_initializers = outer || is_start;
    resolve(resolver, *argument.value, true);
    resolver.takes_initializers = outer;
  }
}

void resolve_range(Resolver& resolver, const syntax::RangeExpr& range) {
  for (const syntax::Expr* end : {range.begin.get(), range.end.get()}) {
    if (end != nullptr) {
      resolve(resolver, *end, false);
    }
  }
}

void report_hides(Resolver& resolver, const syntax::Name& name, const Span& outer) {
  resolver.report.add(name.span, diag::NameHides, name.text)
      .label(outer, "first defined here")
      .help("choose another name");
}

void resolve_stages(Resolver& resolver, const std::vector<syntax::Stage>& stages) {
  for (const syntax::Stage& stage : stages) {
    if (const auto* application = std::get_if<syntax::ApplyStage>(&stage.node)) {
      mention(resolver, application->path.front().text, application->path.front().span, false);
      if (application->path.size() > 1) {
        mention_member(resolver, application->path[0].text, application->path[1]);
      }
      if (application->arguments) {
        resolve_arguments(resolver, application->path.front().text, *application->arguments);
      }
      continue;
    }
    const auto& repeat = std::get<syntax::RepeatStage>(stage.node);
    resolve_range(resolver, repeat.range);
    if (repeat.variable) {
      const auto local = resolver.locals.find(repeat.variable->text);
      const auto global = resolver.file_names.find(repeat.variable->text);
      if (local != resolver.locals.end()) {
        report_hides(resolver, *repeat.variable, local->second->span);
      } else if (global != resolver.file_names.end()) {
        report_hides(resolver, *repeat.variable, global->second.span);
      }
      resolver.turn_names.push_back(&*repeat.variable);
    }
    resolve_stages(resolver, repeat.body);
    if (repeat.variable) {
      resolver.turn_names.pop_back();
    }
  }
}

void resolve_binary(Resolver& resolver, const syntax::Binary& outermost) {
  // The left spine is as deep as the sum is long: walked with a loop.
  const syntax::Binary* binary = &outermost;
  while (true) {
    resolve(resolver, *binary->right, false);
    const auto* left = std::get_if<syntax::Binary>(&binary->left->node);
    if (left == nullptr) {
      resolve(resolver, *binary->left, false);
      return;
    }
    binary = left;
  }
}

void resolve(Resolver& resolver, const syntax::Expr& expression, bool is_argument) {
  const auto all = [&](const std::vector<syntax::ExprPtr>& items, bool as_argument) {
    for (const syntax::ExprPtr& item : items) {
      resolve(resolver, *item, as_argument);
    }
  };
  std::visit(
      Overloaded{
          [&](const syntax::ErrorExpr& error) {
            if (resolver.body != nullptr) {
              resolver.body->has_unread_lines = true;
            }
            for (const syntax::Name& name : error.mentioned) {
              const auto local = resolver.locals.find(name.text);
              if (local != resolver.locals.end()) {
                ++local->second->mentions;
              }
            }
          },
          [&](const syntax::NameRef& name) { mention(resolver, name.name, expression.span, is_argument); },
          [&](const syntax::Member& member) {
            resolve(resolver, *member.object, false);
            if (const auto* object = std::get_if<syntax::NameRef>(&member.object->node)) {
              mention_member(resolver, object->name, member.member);
            }
          },
          [&](const syntax::ListExpr& list) { all(list.items, is_argument); },
          [&](const syntax::TupleExpr& tuple) { all(tuple.items, is_argument && tuple.is_parenthesis); },
          [&](const syntax::Unary& unary) { resolve(resolver, *unary.operand, false); },
          [&](const syntax::Binary& binary) { resolve_binary(resolver, binary); },
          [&](const syntax::Call& call) {
            resolve(resolver, *call.callee, false);
            const auto* callee = std::get_if<syntax::NameRef>(&call.callee->node);
            resolve_arguments(resolver, callee == nullptr ? "" : callee->name, call.arguments);
          },
          [&](const syntax::Index& index) {
            resolve(resolver, *index.object, false);
            for (const syntax::Subscript& subscript : index.subscripts) {
              for (const syntax::Expr* part : {subscript.begin.get(), subscript.end.get(), subscript.step.get()}) {
                if (part != nullptr) {
                  resolve(resolver, *part, false);
                }
              }
            }
          },
          [&](const syntax::If& choice) {
            resolve(resolver, *choice.condition, false);
            resolve(resolver, *choice.then_value, is_argument);
            resolve(resolver, *choice.else_value, is_argument);
          },
          [&](const syntax::Chain& chain) {
            resolve(resolver, *chain.head, false);
            resolve_stages(resolver, chain.stages);
          },
          [](const auto&) {},  // literals
      },
      expression.node);
}

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

/// Defines a name of the body at hand; K201, K203 or the note K204.
void define_local(Resolver& resolver, const syntax::Name& name, LocalKind kind, const syntax::Expr* value = nullptr) {
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

void begin_body(Resolver& resolver, const syntax::Body& body) {
  resolver.body = &resolver.facts[&body];
  resolver.locals.clear();
  resolver.later.clear();
  for (const syntax::Decl& declaration : body.declarations) {
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

/// Names in `train` and `test` are checked with their meaning; here they only count as used.
void resolve_side_body(Resolver& resolver, const syntax::Body& body) {
  resolver.is_train = true;
  for (const syntax::Decl& declaration : body.declarations) {
    std::visit(Overloaded{
                   [&](const syntax::LossDecl& loss) { resolve(resolver, *loss.value, true); },
                   [&](const syntax::MetricDecl& metric) { resolve(resolver, *metric.value, true); },
                   [&](const syntax::BindDecl& bind) { resolve(resolver, *bind.value, true); },
                   [](const auto&) {},
               },
               declaration.node);
  }
  resolver.is_train = false;
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
                 [&](const syntax::TrainDecl& train) { resolve_side_body(resolver, train.body); },
                 [](const auto&) {},  // weights and tests mention no values; what is misplaced has been reported
             },
             declaration.node);
}

void resolve_body(Resolver& resolver, const syntax::Body& body, const std::vector<syntax::Parameter>& parameters) {
  begin_body(resolver, body);
  resolve_parameters(resolver, parameters);
  for (const syntax::Decl& declaration : body.declarations) {
    resolve_declaration(resolver, declaration);
  }
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
  if (has_model && !options.is_import) {
    report_unused(resolver);
  }
}

}  // namespace kdlc::check
