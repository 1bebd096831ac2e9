#include "common/filter/alias_list.h"

#include "common/base/text.h"
#include "common/config/value.h"

namespace gp::filter {
namespace {

class ListParser {
public:
    ListParser(const AliasRules& rules, AliasList& list) : rules_(rules), list_(list) {}
    Status parse(std::string_view text, unsigned depth);

private:
    Status item(std::string_view text, unsigned depth);
    Status special(std::string_view text, unsigned depth);
    Status include(std::string_view path, unsigned depth);
    Status address(std::string_view text);
    Status add(AliasItem::Kind kind, std::string_view text);
    Status complain(std::string text);
    std::string where() const { return rules_.is_file ? "error in redirect file: " : "error in redirect data: "; }

    const AliasRules& rules_;
    AliasList& list_;
};

// "(nothing but this)"
bool is_comment(std::string_view text)
{
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && c != ')' && !is_space(c))
            return false;
    }
    return depth == 0;
}

// Items are parted by commas and newlines; a # at the start of a line is a comment up to its end.
Status ListParser::parse(std::string_view text, unsigned depth)
{
    while (!text.empty()) {
        while (!text.empty() && (is_space(text.front()) || text.front() == ','))
            text.remove_prefix(1);
        if (text.empty())
            return {};
        if (text.front() == '#') {
            const auto end = text.find('\n');
            text.remove_prefix(end == std::string_view::npos ? text.size() : end);
            continue;
        }
        // :fail: and its like take the rest of the line, commas too (manual 22.6).
        const bool takes_all = text.starts_with(":fail:") || text.starts_with(":defer:");
        const auto end = takes_all ? std::min(text.find('\n'), text.size()) : mail::find_address_end(text, true);
        auto one = trim(text.substr(0, end));
        text.remove_prefix(end);
        if (!is_comment(one))
            TRY(item(one, depth));
        if (list_.items.size() > rules_.items_max)
            return temporary("redirection data has more than " + std::to_string(rules_.items_max) + " items");
    }
    return {};
}

Status ListParser::complain(std::string text)
{
    if (!rules_.skip_syntax_errors)
        return temporary(where() + text);
    list_.syntax_errors.push_back(std::move(text));
    return {};
}

Status ListParser::add(AliasItem::Kind kind, std::string_view text)
{
    list_.items.push_back({.kind = kind, .text = std::string(text)});
    return {};
}

Status ListParser::item(std::string_view text, unsigned depth)
{
    // A quoted item may be a pipe or a path with blanks: "|command args".
    std::string unquoted;
    if (text.starts_with("\"|") || text.starts_with("\"/") || text.starts_with("\":")) {
        auto plain = config::parse_string(text);
        if (!plain)
            return complain(plain.error().text + " in \"" + escape(text) + "\"");
        unquoted = std::move(plain).take();
        text = unquoted;
    }
    if (text.starts_with('|')) {
        TRY(add(AliasItem::Kind::pipe, text));
        list_.items.back().forbidden = rules_.forbid_pipe;
        return {};
    }
    if (text.starts_with(':'))
        return special(text, depth);
    const bool is_path = text.starts_with('/') && text.find('@') == std::string_view::npos;
    if (is_path) {
        TRY(add(AliasItem::Kind::file, text));
        list_.items.back().forbidden = rules_.forbid_file;
        return {};
    }
    return address(text);
}

Status ListParser::special(std::string_view text, unsigned depth)
{
    const auto end = text.find(':', 1);
    if (end == std::string_view::npos)
        return address(text);
    const auto name = text.substr(1, end - 1);
    const auto rest = trim(text.substr(end + 1));
    const auto refuse = [&] { return complain("\"" + std::string(text) + "\" is not permitted"); };
    if (name == "include")
        return include(rest, depth);
    if (name == "fail")
        return rules_.allow_fail ? add(AliasItem::Kind::fail, rest) : refuse();
    if (name == "defer")
        return rules_.allow_defer ? add(AliasItem::Kind::defer, rest) : refuse();
    if (name == "unknown" && rest.empty())
        return add(AliasItem::Kind::unknown, {});
    if (name == "blackhole")
        return rules_.forbid_blackhole ? refuse() : add(AliasItem::Kind::blackhole, {});
    return address(text);
}

Status ListParser::include(std::string_view path, unsigned depth)
{
    if (path.starts_with('"'))
        path = trim(path.substr(1, path.size() - (path.ends_with('"') && path.size() > 1 ? 2 : 1)));
    if (rules_.forbid_include)
        return complain("included files not permitted");
    if (path.empty())
        return complain("file name missing after :include:");
    if (!path.starts_with('/'))
        return complain("included file \"" + std::string(path) + "\" is not an absolute path");
    if (const auto& directory = rules_.include_directory; !directory.empty()) {
        const bool inside = path.starts_with(directory) && path.substr(directory.size()).starts_with('/') &&
                            path.find("/../") == std::string_view::npos;
        if (!inside)
            return complain("included file " + std::string(path) + " is not in directory " + directory);
    }
    if (depth >= rules_.include_depth)
        return temporary(":include: files are nested too deeply at " + std::string(path));
    auto content = rules_.read(std::string(path));
    if (!content)
        return temporary(where() + "failed to open included file " + std::string(path) + ": " +
                         content.error().text);
    return parse(*content, depth + 1);
}

Status ListParser::address(std::string_view text)
{
    // A backslash says that the rest is this host's own business: the incoming domain completes it (manual 22.5).
    const bool keeps_domain = text.starts_with('\\');
    auto parsed = mail::parse_address(keeps_domain ? text.substr(1) : text, rules_.addresses);
    if (!parsed)
        return complain(parsed.error().text + " in \"" + escape(text) + "\"");
    // With a domain there is nothing to complete, and the backslash stays.
    list_.items.push_back({.kind = AliasItem::Kind::address,
                           .text = (keeps_domain && parsed->has_domain() ? "\\" : "") + parsed->address,
                           .has_domain = parsed->has_domain(),
                           .keeps_domain = keeps_domain});
    return {};
}

}

Result<AliasList> parse_alias_list(std::string_view text, const AliasRules& rules)
{
    AliasList list;
    TRY((ListParser{rules, list}.parse(text, 0)));
    return list;
}

}
