// What the names in an expression stand for; an unknown name with what may have been meant.
#include "check/name_uses.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <variant>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/foreign_words.hpp"
#include "check/formals.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"
#include "support/overloaded.hpp"

namespace kdlc::check {

namespace {

bool is_option_word(const std::string& name) {
  const std::span<const std::string_view> words = all_option_words();
  return std::find(words.begin(), words.end(), name) != words.end();
}

/// Our name for what others call `name`, of the kind that the line takes.
std::optional<std::string_view> our_name_in(TrainLine line, std::string_view name) {
  switch (line) {
    case TrainLine::none:
    case TrainLine::value:
      return catalogue::our_name_of(name);
    case TrainLine::loss:
      return catalogue::our_loss_of(name);
    case TrainLine::metric:
      return catalogue::our_metric_of(name);
    case TrainLine::optimizer: {
      const auto schedule = catalogue::our_schedule_of(name);
      return schedule ? schedule : catalogue::our_optimizer_of(name);
    }
  }
  KDLC_UNREACHABLE("every kind of line is listed");
}

template <class Entry>
void add_names(const std::vector<const Entry*>& entries, std::vector<std::string>& names) {
  for (const Entry* entry : entries) {
    names.emplace_back(catalogue::call_of(*entry).name);
  }
}

void add_train_names(TrainLine line, std::vector<std::string>& names) {
  if (line == TrainLine::loss) {
    add_names(catalogue::losses(), names);
  } else if (line == TrainLine::metric) {
    add_names(catalogue::metrics(), names);
  } else if (line == TrainLine::optimizer) {
    add_names(catalogue::optimizers(), names);
    add_names(catalogue::schedules(), names);
  }
}

/// The declaration of what `callee` applies, for the words of its settings.
const catalogue::Layer* find_callee(TrainLine line, const std::string& callee) {
  if (line == TrainLine::loss && catalogue::find_loss(callee) != nullptr) {
    return &catalogue::call_of(*catalogue::find_loss(callee));
  }
  if (line == TrainLine::metric && catalogue::find_metric(callee) != nullptr) {
    return &catalogue::call_of(*catalogue::find_metric(callee));
  }
  return catalogue::find_layer(callee);
}

/// What was probably meant; in a file of thousands of unknown names the later ones go without, so that the time grows
/// with the file and not with its square.
std::optional<std::string> nearest_of(Resolver& resolver, const std::string& name,
                                      const std::vector<std::string>& candidates) {
  constexpr std::size_t kMostCompared = 1'000'000;
  resolver.compared_count += candidates.size();
  return resolver.compared_count > kMostCompared ? std::nullopt : nearest_name(name, candidates);
}

/// A name that another model or block defines inside.
struct Inside {
  const syntax::Name* around = nullptr;
  const syntax::Name* definition = nullptr;
};

const syntax::Name* find_definition(const syntax::Body& body, std::string_view name) {
  for (const syntax::Decl& declaration : body.declarations) {
    if (const auto* output = std::get_if<syntax::OutputDecl>(&declaration.node); output && output->name.text == name) {
      return &output->name;
    }
    const auto* bind = std::get_if<syntax::BindDecl>(&declaration.node);
    if (bind == nullptr) {
      continue;
    }
    for (const syntax::BindTarget& target : bind->targets) {
      if (target.name.text == name) {
        return &target.name;
      }
    }
  }
  return nullptr;
}

Inside find_inside_other_body(const syntax::Tree& tree, std::string_view name) {
  for (const syntax::Decl& declaration : tree.declarations) {
    if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
      if (const syntax::Name* found = find_definition(model->body, name)) {
        return {&model->name, found};
      }
    }
    if (const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node)) {
      if (const syntax::Name* found = find_definition(block->body, name)) {
        return {&block->name, found};
      }
    }
  }
  return {};
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
  if (explain_in_train(resolver, name, span, message)) {
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
  add_train_names(resolver.train, candidates);
  if (explain_path(resolver, name, span, message)) {
    return;
  }
  if (const std::optional<std::string_view> ours = our_name_in(resolver.train, name)) {
    message.helps.push_back(help_with_our_name(name, span, *ours, resolver.call));
  } else if (const std::optional<std::string_view> advice = advice_for_name(name)) {
    message.help(std::string(*advice));
  } else if (const std::optional<std::string> nearest = nearest_of(resolver, name, candidates)) {
    message.help(fmt::format("did you mean `{}`?", *nearest), {span, *nearest});
    // The likely meaning counts as used, so that a slip of one letter is one message.
    const auto local = resolver.locals.find(*nearest);
    if (local != resolver.locals.end()) {
      ++local->second->mentions;
    }
  } else if (const Inside inside = find_inside_other_body(*resolver.file.tree, name); inside.definition != nullptr) {
    message.label(inside.definition->span, fmt::format("this `{}` stands inside `{}`", name, inside.around->text));
    message.help(fmt::format("`{}` shows nothing but its results: make `{}` one of them", inside.around->text, name));
  } else if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') {
    message.help(fmt::format("a size known only at run time is declared: `dim {} <= 512`", name));
  }
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
  const catalogue::Layer* layer = is_own ? nullptr : find_callee(resolver.train, callee);
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

}  // namespace

bool is_train_name(TrainLine line, std::string_view name) {
  switch (line) {
    case TrainLine::none:
    case TrainLine::value:
      return false;
    case TrainLine::loss:
      return catalogue::find_loss(name) != nullptr;
    case TrainLine::metric:
      return catalogue::find_metric(name) != nullptr;
    case TrainLine::optimizer:
      return catalogue::find_optimizer(name) != nullptr || catalogue::find_schedule(name) != nullptr;
  }
  KDLC_UNREACHABLE("every kind of line is listed");
}

void mention(Resolver& resolver, const std::string& name, const Span& span, bool is_argument) {
  for (const syntax::Name* turn : resolver.turn_names) {
    if (turn->text == name) {
      return;
    }
  }
  const auto local = resolver.locals.find(name);
  if (local != resolver.locals.end() && resolver.is_test) {
    return;
  }
  if (local != resolver.locals.end()) {
    ++(resolver.train != TrainLine::none ? local->second->train_mentions : local->second->mentions);
    return;
  }
  const auto global = resolver.file_names.find(name);
  if (global != resolver.file_names.end()) {
    ++global->second.mentions;
    if (resolver.body != nullptr) {
      resolver.body->file_mentions.insert(name);
    }
    return;
  }
  const bool is_word = is_argument && is_option_word(name);
  const bool is_initializer = resolver.takes_initializers && is_initializer_name(name);
  if (is_word || is_initializer || is_prelude_name(name) || is_train_name(resolver.train, name)) {
    return;
  }
  report_unknown(resolver, name, span);
}

void report_hides(Resolver& resolver, const syntax::Name& name, const Span& outer) {
  resolver.report.add(name.span, diag::NameHides, name.text)
      .label(outer, "first defined here")
      .help("choose another name");
}

void resolve_range(Resolver& resolver, const syntax::RangeExpr& range) {
  for (const syntax::Expr* end : {range.begin.get(), range.end.get()}) {
    if (end != nullptr) {
      resolve(resolver, *end, false);
    }
  }
}

void resolve_stages(Resolver& resolver, const std::vector<syntax::Stage>& stages) {
  for (const syntax::Stage& stage : stages) {
    if (const auto* application = std::get_if<syntax::ApplyStage>(&stage.node)) {
      resolver.call = application->arguments && application->path.size() == 1 ? &*application->arguments : nullptr;
      mention(resolver, application->path.front().text, application->path.front().span, false);
      resolver.call = nullptr;
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
            const auto* callee = std::get_if<syntax::NameRef>(&call.callee->node);
            if (!resolver.is_test || callee == nullptr || !is_test_data_name(callee->name)) {
              resolver.call = &call.arguments;
              resolve(resolver, *call.callee, false);
              resolver.call = nullptr;
            }
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

}  // namespace kdlc::check
