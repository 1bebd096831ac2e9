#include "common/filter/alias_list.h"

#include "common/base/text.h"

namespace gp::filter {
namespace {

class ListParser {
public:
    ListParser(const AliasRules& rules, AliasList& list) : rules_(rules), list_(list) {}
    Status parse(std::string_view text, unsigned depth);

private:
    // `rest`: the item and all that stands behind it.
    Status item(std::string_view text, std::string_view rest, unsigned depth);
    Result<bool> special(std::string_view text, std::string_view rest, unsigned depth);
    Status include(std::string_view path, unsigned depth);
    Status address(std::string_view text);
    Status add(AliasItem::Kind kind, std::string_view text);
    // Only an address that cannot be read may be skipped; any other error counts (manual 22.9, skip_syntax_errors).
    Error bad(const std::string& text) const { return temporary(where() + text); }
    std::string where() const { return rules_.is_file ? "error in redirect file: " : "error in redirect data: "; }

    const AliasRules& rules_;
    AliasList& list_;
    bool is_over_ = false; // :fail:, :defer: and :blackhole: end the list, also from an included file
};

// "(nothing but this)", with or without its end.
bool is_comment(std::string_view text)
{
    int depth = 0;
    for (const char c : text) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && c != ')' && !is_space(c))
            return false;
    }
    return true;
}

// Of a quoted pipe or path: a backslash stands for nothing but the character behind it.
std::string without_backslashes(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
        out += text[i];
    }
    return out;
}

// Items are parted by commas and newlines; a # at the start of a line is a comment up to its end.
Status ListParser::parse(std::string_view text, unsigned depth)
{
    while (!text.empty() && !is_over_) {
        while (!text.empty() && (is_space(text.front()) || text.front() == ','))
            text.remove_prefix(1);
        if (text.empty())
            return {};
        if (text.front() == '#') {
            const auto end = text.find('\n');
            text.remove_prefix(end == std::string_view::npos ? text.size() : end);
            continue;
        }
        const auto end = mail::find_address_end(text, true);
        const auto one = trim(text.substr(0, end));
        if (!is_comment(one))
            TRY(item(one, text, depth));
        text.remove_prefix(end);
        if (list_.items.size() > rules_.items_max)
            return temporary("redirection data has more than " + std::to_string(rules_.items_max) + " items");
    }
    return {};
}

Status ListParser::add(AliasItem::Kind kind, std::string_view text)
{
    list_.items.push_back({.kind = kind, .text = std::string(text)});
    return {};
}

Status ListParser::item(std::string_view text, std::string_view rest, unsigned depth)
{
    // Quotes around all of it are not part of it: "|command, args".
    const bool is_quoted = text.starts_with('"') && text.ends_with('"');
    if (is_quoted) {
        text = trim(text.size() > 1 ? text.substr(1, text.size() - 2) : std::string_view{});
        rest.remove_prefix(1);
    }
    if (text.empty() || text == ":")
        return {};
    if (text.starts_with(':') && TRY(special(text, rest, depth)))
        return {};
    if (!text.starts_with('|') && !text.starts_with('/'))
        return address(text);
    // What can be read as an address with a domain is one (manual 22.5).
    if (const auto parsed = mail::parse_address(text, rules_.addresses); parsed && parsed->has_domain())
        return address(text);
    const bool is_pipe = text.front() == '|';
    TRY(add(is_pipe ? AliasItem::Kind::pipe : AliasItem::Kind::file, is_quoted ? without_backslashes(text) : std::string(text)));
    list_.items.back().forbidden = is_pipe ? rules_.forbid_pipe : rules_.forbid_file;
    return {};
}

// Whether it is one. :fail: and :defer: take all that follows as their text, commas and further lines too (manual 22.6).
Result<bool> ListParser::special(std::string_view text, std::string_view rest, unsigned depth)
{
    const auto end = text.find(':', 1);
    if (end == std::string_view::npos)
        return false;
    const auto name = text.substr(1, end - 1);
    const auto refused = [&] { return bad("\"" + std::string(text) + "\" is not permitted"); };
    if (name == "include") {
        TRY(include(trim(text.substr(end + 1)), depth));
        return true;
    }
    if (name == "unknown" && trim(text.substr(end + 1)).empty()) {
        TRY(add(AliasItem::Kind::unknown, {}));
        return true;
    }
    if (name == "blackhole") {
        if (rules_.forbid_blackhole)
            return refused();
        TRY(add(AliasItem::Kind::blackhole, {}));
        is_over_ = true;
        return true;
    }
    if (name != "fail" && name != "defer")
        return false;
    if (!(name == "fail" ? rules_.allow_fail : rules_.allow_defer))
        return refused();
    TRY(add(name == "fail" ? AliasItem::Kind::fail : AliasItem::Kind::defer, trim(rest.substr(rest.find(':', rest.find(':') + 1) + 1))));
    is_over_ = true;
    return true;
}

Status ListParser::include(std::string_view path, unsigned depth)
{
    if (path.empty())
        return bad("file name missing after :include:");
    if (!path.starts_with('/'))
        return bad("included file \"" + std::string(path) + "\" is not an absolute path");
    if (rules_.forbid_include)
        return bad("included files not permitted");
    if (const auto& directory = rules_.include_directory; !directory.empty()) {
        const bool inside = path.starts_with(directory) && path.substr(directory.size()).starts_with('/') &&
                            path.find("/../") == std::string_view::npos;
        if (!inside)
            return bad("included file " + std::string(path) + " is not in directory " + directory);
    }
    if (depth >= rules_.include_depth)
        return temporary(":include: files are nested too deeply at " + std::string(path));
    auto content = rules_.read(std::string(path));
    if (!content) {
        const bool is_read = content.error().text == "Is a directory"; // it opens, and cannot be read
        if (!is_read && !rules_.include_directory.empty())
            return bad("failed to open " + std::string(path) + " (component of included file); could be symbolic link");
        return bad((is_read ? "error while reading included file " : "failed to open included file ") + std::string(path) + ": " +
                   content.error().text);
    }
    const auto before = list_.items.size();
    TRY(parse(*content, depth + 1));
    if (is_over_) // what stood before it in the file counts no more
        list_.items.erase(list_.items.begin() + static_cast<std::ptrdiff_t>(before), list_.items.end() - 1);
    return {};
}

Status ListParser::address(std::string_view text)
{
    // A backslash before a name without a domain: the incoming domain completes it (manual 22.5). Before anything else it
    // is a part of the address.
    const bool has_backslash = text.starts_with('\\');
    if (has_backslash)
        if (const auto plain = mail::parse_address(text.substr(1), rules_.addresses); plain && !plain->has_domain()) {
            list_.items.push_back({.kind = AliasItem::Kind::address, .text = plain->address, .keeps_domain = true});
            return {};
        }
    auto parsed = mail::parse_address(text, rules_.addresses);
    if (!parsed) {
        auto why = parsed.error().text + " in \"" + std::string(text) + "\"";
        if (!rules_.skip_syntax_errors)
            return bad(why);
        list_.syntax_errors.push_back(std::move(why));
        return {};
    }
    list_.items.push_back(
        {.kind = AliasItem::Kind::address, .text = parsed->address, .has_domain = parsed->has_domain(), .keeps_domain = has_backslash});
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
