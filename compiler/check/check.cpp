// Checks a whole file: placement, names, then every model in turn; the graph of the chosen one is the result.
#include "check/check.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "check/documentation.hpp"
#include "check/elaboration.hpp"
#include "check/files.hpp"
#include "check/loose_repairs.hpp"
#include "check/placement.hpp"
#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"
#include "support/deep_stack.hpp"
#include "support/nearest_name.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::check {

namespace {

std::vector<const syntax::ModelDecl*> models_of(const syntax::Tree& tree) {
  std::vector<const syntax::ModelDecl*> models;
  for (const syntax::Decl& declaration : tree.declarations) {
    if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
      models.push_back(model);
    }
  }
  return models;
}

/// True when another model or a block of the file applies this one.
bool is_part(const syntax::ModelDecl& model, const syntax::Tree& tree, const NameFacts& facts) {
  const auto mentions_model = [&](const syntax::Body& body) {
    const auto found = facts.find(&body);
    return &body != &model.body && found != facts.end() && found->second.file_mentions.contains(model.name.text);
  };
  return std::any_of(tree.declarations.begin(), tree.declarations.end(), [&](const syntax::Decl& declaration) {
    const auto* other = std::get_if<syntax::ModelDecl>(&declaration.node);
    const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node);
    return (other != nullptr && mentions_model(other->body)) || (block != nullptr && mentions_model(block->body));
  });
}

/// The models between which --model decides: those that are no part of another one, or all of a circle.
std::vector<const syntax::ModelDecl*> choices_of(const syntax::Tree& tree, const NameFacts& facts) {
  const std::vector<const syntax::ModelDecl*> models = models_of(tree);
  std::vector<const syntax::ModelDecl*> choices;
  std::copy_if(models.begin(), models.end(), std::back_inserter(choices),
               [&](const syntax::ModelDecl* model) { return !is_part(*model, tree, facts); });
  return choices.empty() ? models : choices;
}

/// The model asked for, or the last of the choices; nullptr after K950, or when the file has none.
const syntax::ModelDecl* choose_model(const syntax::Tree& tree, const std::vector<const syntax::ModelDecl*>& choices,
                                      const SourceSet& sources, const Options& options, Report& report) {
  if (options.model.empty()) {
    return choices.empty() ? nullptr : choices.back();
  }
  std::string list;
  std::vector<std::string> names;
  for (const syntax::ModelDecl* model : models_of(tree)) {
    if (model->name.text == options.model) {
      return model;
    }
    names.push_back(model->name.text);
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", model->name.text);
  }
  Message& message = report.add(Span{}, diag::UnknownModel, options.model, sources.file(tree.source).path(),
                                list.empty() ? std::string("no models") : list);
  if (const auto near = nearest_name(options.model, names)) {
    message.help(fmt::format("did you mean `--model {}`?", *near));
  }
  return nullptr;
}

/// Says of blocks applied several times how often the message would have come again.
void note_repeats(std::map<std::string, ReportedOnce>& reported) {
  for (auto& [key, entry] : reported) {
    if (entry.message != nullptr && entry.repeats > 0) {
      entry.message->note(
          fmt::format("the same in {} further application{}", entry.repeats, entry.repeats == 1 ? "" : "s"));
    }
  }
}

bool needs_settings(const syntax::ModelDecl& model) {
  for (const syntax::Parameter& parameter : model.parameters) {
    if (parameter.default_value == nullptr) {
      return true;
    }
  }
  return false;
}

const std::vector<std::string>& doc_of(const syntax::Tree& tree, const syntax::ModelDecl& model) {
  for (const syntax::Decl& declaration : tree.declarations) {
    if (std::get_if<syntax::ModelDecl>(&declaration.node) == &model) {
      return declaration.doc;
    }
  }
  KDLC_UNREACHABLE("a model stands in its tree");
}

/// One model of the file, elaborated.
struct ElaboratedModel {
  const syntax::ModelDecl* declaration = nullptr;
  CheckedModel checked;
};

struct ElaboratedFile {
  const syntax::ModelDecl* chosen = nullptr;  // none when the file has no models, or not the one that is asked for
  std::vector<ElaboratedModel> models;
  std::vector<Test> tests;
};

/// A file's own tests, unless its lines may be out of place.
std::vector<Test> elaborate_file_tests(Elaboration& elaboration, const LoadedFile& file) {
  std::vector<Test> tests;
  for (const syntax::Decl& declaration : file.tree->declarations) {
    const auto* test = std::get_if<syntax::TestDecl>(&declaration.node);
    if (test != nullptr && !elaboration.report.has_errors()) {
      tests.push_back(elaborate_test(elaboration, *test, file.scope, nullptr));
    }
  }
  return tests;
}

/// Where the text was mended to be read at all; nowhere in a sound text.
using Mended = std::vector<Span>;

Mended mended_places(const Report& report) {
  Mended places;
  for (const Message& message : report.messages()) {
    if (message.severity == Severity::error) {
      places.push_back(message.span);
    }
  }
  return places;
}

ElaboratedFile elaborate_here(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                              const Mended& mended, Report& report) {
  NameFacts facts;
  FileSet files;
  const LoadedFile& main_file = load_imports(files, tree, sources, options, report);
  for (const LoadedFile& file : files.files) {
    check_placement(*file.tree, sources, facts, report);
    resolve_names(file.names, facts, report, {&file != &main_file});
  }
  std::map<std::string, ReportedOnce> reported;
  define_files(files, sources, options, facts, reported, report);
  const std::vector<const syntax::ModelDecl*> choices = choices_of(tree, facts);
  ElaboratedFile result;
  result.chosen = choose_model(tree, choices, sources, options, report);
  for (const syntax::ModelDecl* model : models_of(tree)) {
    if (model != result.chosen && needs_settings(*model)) {
      continue;  // it is checked where it is applied, or when it is asked for
    }
    CheckedModel checked;
    Elaboration elaboration(options, sources, facts, report);
    elaboration.reported = &reported;
    elaboration.mended = mended;
    elaborate_model(elaboration, *model, main_file.scope, {doc_of(tree, *model), model == result.chosen}, checked);
    checked.graph = std::move(elaboration.graph);
    checked.weights = std::move(elaboration.weights);
    checked.training = std::move(elaboration.training);
    checked.unreached = std::move(elaboration.unreached);
    checked.named_values = std::move(elaboration.named_values);
    result.models.push_back({model, std::move(checked)});
  }
  Elaboration elaboration(options, sources, facts, report);
  elaboration.reported = &reported;
  if (mended.empty()) {
    result.tests = elaborate_file_tests(elaboration, main_file);
  }
  note_repeats(reported);
  for (ElaboratedModel& model : result.models) {
    for (const syntax::ModelDecl* other : models_of(tree)) {
      model.checked.model_names.push_back(other->name.text);
    }
    model.checked.documented = find_documented(tree, *model.declaration);
    for (const syntax::ModelDecl* choice : choices) {
      model.checked.choices.push_back(choice->name.text);
    }
  }
  return result;
}

/// Blocks in blocks and formulas in formulas are followed by recursion.
ElaboratedFile elaborate_file(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                              const Mended& mended, Report& report) {
  ElaboratedFile result;
  on_deep_stack([&] { result = elaborate_here(tree, sources, options, mended, report); });
  return result;
}

bool is_sound(const std::string& text, const std::string& path, const Options& options) {
  SourceSet sources;
  Report mistakes;
  const SourceId source = sources.add(path, text);
  const syntax::Tree tree = syntax::parse(sources, source, mistakes);
  static_cast<void>(elaborate_file(tree, sources, options, {}, mistakes));
  return !mistakes.has_errors();
}

/// What was wrong before (the syntax) is not ours to count twice, but a model with such a mistake is no result. Where
/// the one mistake is something loose, the edit that wires it is looked for.
ElaboratedFile elaborate_and_repair(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                                    Report& report) {
  const Mended mended = mended_places(report);
  Report found;
  ElaboratedFile file = elaborate_file(tree, sources, options, mended, found);
  const bool may_be_wired = mended.empty() && found.error_count() == 1;
  for (Message message : found.messages()) {
    if (may_be_wired && message.severity == Severity::error && message.span.source == tree.source) {
      const SourceFile& source = sources.file(tree.source);
      offer_wiring(message, source,
                   [&](const std::string& edited) { return is_sound(edited, std::string(source.path()), options); });
    }
    report.append(std::move(message));
  }
  return file;
}

void assert_complete(const ElaboratedModel& model, const Options& options) {
  std::size_t declared_outputs = 0;
  for (const syntax::Decl& declaration : model.declaration->body.declarations) {
    declared_outputs += std::holds_alternative<syntax::OutputDecl>(declaration.node) ? 1 : 0;
  }
  KDLC_ASSERT(model.checked.graph.outputs.size() == declared_outputs, "what is unknown has been reported");
  for (const graph::OutputInfo& output : model.checked.graph.outputs) {
    KDLC_ASSERT(output.node.has_value() || options.code_needed == CodeNeeded::nothing,
                "a model without errors is complete");
  }
}

}  // namespace

std::optional<CheckedModel> check(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                                  Report& report) {
  ElaboratedFile file = elaborate_and_repair(tree, sources, options, report);
  if (report.has_errors()) {
    return std::nullopt;
  }
  for (ElaboratedModel& model : file.models) {
    if (model.declaration == file.chosen) {
      assert_complete(model, options);
      return std::move(model.checked);
    }
  }
  return std::nullopt;
}

std::optional<CheckedFile> check_all(const syntax::Tree& tree, SourceSet& sources, const Options& options,
                                     Report& report) {
  ElaboratedFile file = elaborate_and_repair(tree, sources, options, report);
  if (report.has_errors()) {
    return std::nullopt;
  }
  CheckedFile result;
  for (ElaboratedModel& model : file.models) {
    if (options.model.empty() || model.declaration == file.chosen) {
      assert_complete(model, options);
      result.models.push_back(std::move(model.checked));
    }
  }
  result.tests = std::move(file.tests);
  return result;
}

}  // namespace kdlc::check
