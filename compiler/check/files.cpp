// The files of one check: the one that was asked for and what it imports.
#include "check/files.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::check {

namespace {

struct Loader {
  FileSet& files;
  SourceSet& sources;
  const Options& options;
  Report& report;
  std::vector<std::string> underway;  // paths whose imports are being read: a second time is a cycle
};

LoadedFile* load_file(Loader& loader, const std::string& path, const syntax::Tree& tree,
                      std::unique_ptr<syntax::Tree> owned);

/// Paths are relative to the file that names them; `..` and `.` are resolved so that one file has one path.
std::string path_beside(const std::string& importing, const std::string& path) {
  std::string joined = path;
  const std::size_t slash = importing.rfind('/');
  if (!path.empty() && path.front() != '/' && slash != std::string::npos) {
    joined = importing.substr(0, slash + 1) + path;
  }
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= joined.size()) {
    const std::size_t end = std::min(joined.find('/', begin), joined.size());
    const std::string part = joined.substr(begin, end - begin);
    if (part == ".." && !parts.empty() && parts.back() != ".." && !parts.back().empty()) {
      parts.pop_back();
    } else if (part != "." || joined.size() == 1) {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

LoadedFile* find_file(Loader& loader, const std::string& path) {
  for (LoadedFile& file : loader.files.files) {
    if (file.path == path) {
      return &file;
    }
  }
  return nullptr;
}

LoadedFile* load_import(Loader& loader, const std::string& importing, const syntax::ImportDecl& import) {
  const std::string path = path_beside(importing, import.path);
  for (std::size_t index = 0; index < loader.underway.size(); ++index) {
    if (loader.underway[index] == path) {
      loader.report.add(import.path_span, diag::ImportCycle, import.path)
          .help("move what both files need into a third one");
      return nullptr;
    }
  }
  if (LoadedFile* known = find_file(loader, path)) {
    return known;
  }
  const FileContents contents =
      loader.options.read_file ? loader.options.read_file(path) : FileContents{false, "", "no files are read here"};
  if (!contents.found) {
    loader.report.add(import.path_span, diag::ImportNotFound, import.path, contents.error)
        .note(fmt::format("looked for `{}`, relative to the importing file", path));
    return nullptr;
  }
  const SourceId source = loader.sources.add(path, contents.bytes);
  auto tree = std::make_unique<syntax::Tree>(syntax::parse(loader.sources, source, loader.report));
  const syntax::Tree& parsed = *tree;
  return load_file(loader, path, parsed, std::move(tree));
}

LoadedFile* load_file(Loader& loader, const std::string& path, const syntax::Tree& tree,
                      std::unique_ptr<syntax::Tree> owned) {
  loader.underway.push_back(path);
  FileNames names;
  names.tree = &tree;
  for (const syntax::Decl& declaration : tree.declarations) {
    const auto* import = std::get_if<syntax::ImportDecl>(&declaration.node);
    if (import == nullptr) {
      continue;
    }
    const LoadedFile* imported = load_import(loader, path, *import);
    if (import->as) {
      names.imports[import->as->text] = imported == nullptr ? nullptr : &imported->names;
    } else {
      loader.report.add(import->path_span, diag::ImportUnnamed, import->path)
          .help(fmt::format("write `import \"{}\" as blocks`", import->path));
    }
  }
  loader.underway.pop_back();
  LoadedFile& file = loader.files.files.emplace_back();
  file.path = path;
  file.owned = std::move(owned);
  file.tree = &tree;
  file.names = std::move(names);
  return &file;
}

/// What the body has defined under `name`, to all who use the file. At once, since a constant may apply a fn of the
/// file.
void publish(const Body& body, LoadedFile& file, const std::string& name) {
  if (const auto defined = body.root.names.find(name); defined != body.root.names.end()) {
    file.scope.names.insert_or_assign(name, defined->second);
  }
}

void define_declaration(Body& body, LoadedFile& file, FileSet& files, const syntax::Decl& declaration) {
  const syntax::Name* name = name_of_definition(declaration);
  if (name == nullptr) {
    return;
  }
  Value value;
  if (const auto* block = std::get_if<syntax::BlockDecl>(&declaration.node)) {
    value = {UserBlock{block, &file.scope, name->span}};
  } else if (const auto* function = std::get_if<syntax::FnDecl>(&declaration.node)) {
    value = {UserFunction{function, &file.scope, name->span}};
  } else if (const auto* model = std::get_if<syntax::ModelDecl>(&declaration.node)) {
    value = {UserModel{model, &file.scope, name->span}};
  } else if (std::holds_alternative<syntax::ImportDecl>(declaration.node)) {
    const FileNames* imported = file.names.imports[name->text];
    for (const LoadedFile& other : files.files) {
      if (imported == &other.names) {
        value = {Module{&other.scope}};
      }
    }
  } else {
    return;  // constants have values of their own
  }
  define(body, *name, std::move(value));
  publish(body, file, name->text);
}

void define_constant(Body& body, LoadedFile& file, const syntax::Decl& declaration) {
  const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node);
  if (constant == nullptr) {
    return;
  }
  if (constant->type && constant->value == nullptr) {
    body.elaboration.pending
        .add(declaration.span, diag::Misplaced, fmt::format("const {}", constant->name.text), "a file without a value")
        .help("a table from the weights file belongs to a model or block, whose path names it");
    define(body, constant->name, {Unknown{}});
  } else {
    elaborate_const(body, *constant, declaration.span);
  }
  publish(body, file, constant->name.text);
  body.elaboration.constants_below.erase(constant->name.text);
}

}  // namespace

const LoadedFile& load_imports(FileSet& files, const syntax::Tree& tree, SourceSet& sources, const Options& options,
                               Report& report) {
  Loader loader{files, sources, options, report, {}};
  const std::string path = path_beside("", sources.file(tree.source).path());
  return *load_file(loader, path, tree, nullptr);
}

void define_files(FileSet& files, const SourceSet& sources, const Options& options, const NameFacts& facts,
                  std::map<std::string, ReportedOnce>& reported, Report& report) {
  for (LoadedFile& file : files.files) {
    // Constants are numbers and lists: the graph of this elaboration stays unused.
    Elaboration elaboration(options, sources, facts, report);
    elaboration.reported = &reported;
    graph::Builder builder(elaboration.graph);
    elaboration.builder = &builder;
    Body body(elaboration, nullptr);
    for (const syntax::Decl& declaration : file.tree->declarations) {
      define_declaration(body, file, files, declaration);
      if (const auto* constant = std::get_if<syntax::ConstDecl>(&declaration.node)) {
        elaboration.constants_below.emplace(constant->name.text, constant->name.span);
      }
    }
    for (const syntax::Decl& declaration : file.tree->declarations) {
      define_constant(body, file, declaration);
    }
    flush(elaboration);
  }
}

}  // namespace kdlc::check
