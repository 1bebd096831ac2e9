#include <algorithm>
#include <array>
#include <optional>

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/config/value.h"

namespace gp::acl {
namespace {

struct VerbWord {
    std::string_view name;
    Verb verb;
};

constexpr std::array verbs = {
    VerbWord{"accept", Verb::accept},   VerbWord{"defer", Verb::defer}, VerbWord{"deny", Verb::deny},
    VerbWord{"discard", Verb::discard}, VerbWord{"drop", Verb::drop},   VerbWord{"require", Verb::require},
    VerbWord{"warn", Verb::warn},
};

// Exim's words that no file in conditions/ or modifiers/ acts on yet: refused by name.
constexpr std::array<std::string_view, 1> known_elsewhere = {"demime"};

struct Piece {
    std::string_view name;
    std::string_view argument;
    bool has_argument = false;
    bool negated = false;
};

// "!hosts = +relay", "endpass", "set acl_m0 = x", "control = freeze".
Piece split_piece(std::string_view line)
{
    Piece piece;
    line = trim(line);
    while (line.starts_with('!')) {
        piece.negated = !piece.negated;
        line = trim(line.substr(1));
    }
    const auto equals = line.find('=');
    piece.name = trim(line.substr(0, equals));
    piece.has_argument = equals != std::string_view::npos;
    if (piece.has_argument)
        piece.argument = trim(line.substr(equals + 1));
    return piece;
}

class Parser {
public:
    Parser(const expand::Language& language, const Words& words, config::Problems& problems)
        : language_(language), words_(words), problems_(problems)
    {
    }

    void line(const config::Line& line, Acl& acl);

private:
    bool open_statement(std::string_view& rest, const config::Origin& origin, Acl& acl);
    void piece(const Piece& piece, const config::Line& line, Statement& statement);
    Result<Clause> clause(const Piece& piece) const;
    std::string hint_for(const Piece& piece, std::string_view error) const;
    Result<Clause> text_clause(const Piece& piece, Clause::Kind kind) const;
    Result<Clause> set_clause(const Piece& piece) const;
    Result<Clause> modifier_clause(const Piece& piece, const Modifier& modifier, std::string_view argument) const;
    Error unknown(std::string_view name) const;

    const expand::Language& language_;
    const Words& words_;
    config::Problems& problems_;
};

// True when the line begins with a verb; `rest` is then what follows it.
bool Parser::open_statement(std::string_view& rest, const config::Origin& origin, Acl& acl)
{
    const auto end = rest.find_first_of(" \t\r\n");
    const auto word = rest.substr(0, end);
    for (const auto& known : verbs) {
        if (!same_nocase(known.name, word))
            continue;
        rest = end == std::string_view::npos ? std::string_view{} : trim(rest.substr(end));
        if (rest.starts_with('=')) // "accept = …" is no verb
            return false;
        acl.statements.push_back({.verb = known.verb, .origin = origin});
        return true;
    }
    return false;
}

void Parser::line(const config::Line& line, Acl& acl)
{
    std::string_view rest = trim(line.text);
    if (rest.empty())
        return;
    open_statement(rest, line.origin, acl);
    if (acl.statements.empty()) {
        problems_.error(line.origin, line.text, "an ACL statement must begin with a verb (accept, deny, require, warn …)");
        return;
    }
    if (!rest.empty())
        piece(split_piece(rest), line, acl.statements.back());
}

void Parser::piece(const Piece& piece, const config::Line& line, Statement& statement)
{
    auto made = clause(piece);
    if (!made) {
        problems_.error(line.origin, line.text, made.error().text, hint_for(piece, made.error().text));
        return;
    }
    made->name = piece.name;
    made->origin = line.origin;
    const bool endpass_ok = statement.verb == Verb::accept || statement.verb == Verb::discard;
    if (made->kind == Clause::Kind::endpass && !endpass_ok)
        problems_.error(line.origin, line.text, "endpass belongs to accept and discard, not to " + std::string(verb_name(statement.verb)));
    if (piece.negated && made->kind != Clause::Kind::condition)
        problems_.error(line.origin, line.text, "\"!\" before a modifier");
    made->negated = piece.negated;
    statement.clauses.push_back(std::move(made).take());
}

// What the argument may have meant, where it is its expansion that is wrong.
std::string Parser::hint_for(const Piece& piece, std::string_view error) const
{
    expand::Fault fault;
    if (language_.parse(piece.argument, &fault) || !error.ends_with(fault.text))
        return {};
    return fault.hint;
}

Error Parser::unknown(std::string_view name) const
{
    if (std::ranges::find(known_elsewhere, name) != known_elsewhere.end())
        return misconfigured("\"" + std::string(name) + "\" is not supported by this version yet");
    std::vector<std::string_view> names = {"message", "log_message", "endpass", "set"};
    for (const auto& condition : words_.conditions.all())
        names.push_back(condition.name);
    for (const auto& modifier : words_.modifiers.all())
        names.push_back(modifier.name);
    for (const auto& verb : verbs)
        names.push_back(verb.name);
    const auto near = nearest(name, names);
    return misconfigured("unknown ACL condition or modifier \"" + escape(name) + "\"" +
                         (near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)"));
}

Result<Clause> Parser::text_clause(const Piece& piece, Clause::Kind kind) const
{
    if (!piece.has_argument)
        return misconfigured("\"" + std::string(piece.name) + "\" wants \"= text\"");
    Clause clause{.kind = kind};
    clause.text = TRY(language_.parse(piece.argument));
    return clause;
}

// "set acl_m_name = value" (manual 44.19).
Result<Clause> Parser::set_clause(const Piece& piece) const
{
    const auto* set = words_.modifiers.find("set");
    const auto variable = trim(piece.name.substr(3));
    if (!set || !piece.has_argument)
        return misconfigured("\"set\" wants acl_c… or acl_m… = value");
    const std::string argument = std::string(variable) + "=" + std::string(piece.argument);
    return modifier_clause(piece, *set, argument);
}

Result<Clause> Parser::modifier_clause(const Piece& piece, const Modifier& modifier, std::string_view argument) const
{
    if (!piece.has_argument)
        return misconfigured("modifier \"" + std::string(piece.name) + "\" wants \"= …\"");
    Clause clause{.kind = Clause::Kind::modifier, .allowed_at = modifier.allowed_at};
    auto made = modifier.make(language_, argument);
    if (!made)
        return misconfigured("modifier " + std::string(piece.name) + ": " + made.error().text);
    clause.action = std::move(made).take();
    return clause;
}

Result<Clause> Parser::clause(const Piece& piece) const
{
    const auto name = piece.name;
    if (name == "endpass")
        return Clause{.kind = Clause::Kind::endpass};
    if (name == "message")
        return text_clause(piece, Clause::Kind::message);
    if (name == "log_message")
        return text_clause(piece, Clause::Kind::log_message);
    if (name.starts_with("set ") || name.starts_with("set\t"))
        return set_clause(piece);
    if (const auto* modifier = words_.modifiers.find(name))
        return modifier_clause(piece, *modifier, piece.argument);
    const auto* condition = words_.conditions.find(name);
    if (!condition)
        return unknown(name);
    if (!piece.has_argument)
        return misconfigured("condition \"" + std::string(name) + "\" wants \"= …\"");
    Clause clause{.allowed_at = condition->allowed_at};
    const auto argument = piece.argument;
    auto made = condition->make(language_, argument);
    if (!made)
        return misconfigured("condition " + std::string(name) + ": " + made.error().text);
    clause.test = std::move(made).take();
    return clause;
}

}

bool is_verb(std::string_view word)
{
    return std::ranges::any_of(verbs, [&](const VerbWord& known) { return same_nocase(known.name, word); });
}

std::string_view verb_name(Verb verb)
{
    return verbs[static_cast<std::size_t>(verb)].name;
}

Acl parse_acl(const config::Acl& source, const expand::Language& language, const Words& words,
              config::Problems& problems)
{
    Acl acl{.name = source.name, .origin = source.origin};
    Parser parser{language, words, problems};
    for (const auto& line : source.lines)
        parser.line(line, acl);
    return acl;
}

}
