#include "common/config/section.h"

#include <array>
#include <set>

#include "common/base/text.h"
#include "common/config/value.h"

namespace gp::config {
namespace {

// Exim's bound for the name of a driver instance, an ACL or a named list.
constexpr std::size_t longest_name = 64;

constexpr bool is_word_letter(char c)
{
    return is_alnum(c) || c == '_';
}

std::string_view take_word(std::string_view& text)
{
    std::size_t length = 0;
    while (length < text.size() && is_word_letter(text[length]))
        ++length;
    const std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

// "begin", "hide" and the like at the start of a line, with white space after it; taken off the line.
bool take_keyword(std::string_view& text, std::string_view word)
{
    if (!text.starts_with(word) || text.size() == word.size() || !is_space(text[word.size()]))
        return false;
    text = trim_left(text.substr(word.size()));
    return true;
}

struct ListWord {
    std::string_view word;
    ListKind kind;
};
constexpr std::array list_words = {
    ListWord{"domainlist", ListKind::domain},
    ListWord{"hostlist", ListKind::host},
    ListWord{"addresslist", ListKind::address},
    ListWord{"localpartlist", ListKind::local_part},
};

enum class Part { main, acl, authenticators, routers, transports, retry, rewrite, local_scan, unknown };

struct PartName {
    std::string_view name;     // as the manual has it
    std::string_view singular; // Exim takes this form too
    Part part;
};
constexpr std::array part_names = {
    PartName{"acl", "acls", Part::acl},
    PartName{"authenticators", "authenticator", Part::authenticators},
    PartName{"routers", "router", Part::routers},
    PartName{"transports", "transport", Part::transports},
    PartName{"retry", "retrys", Part::retry},
    PartName{"rewrite", "rewrites", Part::rewrite},
    PartName{"local_scan", "local_scans", Part::local_scan},
};

// Reads one document; a part is a state, each line goes to the function of its part.
class DocumentReader {
public:
    DocumentReader(Macros& macros, Problems& problems) : macros_(macros), problems_(problems) {}

    void take(Line line)
    {
        if (part_allows_macros() && define_macro(line))
            return;
        document_.lines.push_back(line);
        std::string_view text = line.text;
        if (take_keyword(text, "begin"))
            return begin(text, line);
        switch (part_) {
        case Part::main: return main_line(line);
        case Part::acl: return acl_line(line);
        case Part::authenticators: return driver_line(line, document_.authenticators, "authenticator");
        case Part::routers: return driver_line(line, document_.routers, "router");
        case Part::transports: return driver_line(line, document_.transports, "transport");
        case Part::retry: document_.retry.push_back(std::move(line)); return;
        case Part::rewrite: document_.rewrite.push_back(std::move(line)); return;
        case Part::local_scan:
            if (auto assignment = assignment_of(line))
                document_.local_scan.push_back(std::move(*assignment));
            return;
        case Part::unknown: return; // the "begin" line was reported
        }
    }

    Document finish() && { return std::move(document_); }

private:
    void fail(const Line& line, std::string reason, std::string hint = {})
    {
        problems_.error(line.origin, line.text, std::move(reason), std::move(hint));
    }

    bool part_allows_macros() const
    {
        return part_ == Part::main || part_ == Part::acl || part_ == Part::authenticators ||
               part_ == Part::routers || part_ == Part::transports;
    }

    // NAME = value, NAME == value. Ends the driver or ACL before it (manual 6.4).
    bool define_macro(const Line& line)
    {
        std::string_view rest = line.text;
        if (rest.front() < 'A' || rest.front() > 'Z')
            return false;
        const std::string_view name = take_word(rest);
        rest = trim_left(rest);
        if (rest.empty() || rest.front() != '=') {
            if (part_ == Part::main)
                fail(line, "malformed macro definition",
                     "a line that begins with a capital letter is NAME = text; options are in lower case");
            return part_ == Part::main;
        }
        rest.remove_prefix(1);
        const bool redefine = !rest.empty() && rest.front() == '=';
        if (redefine)
            rest.remove_prefix(1);
        const auto defined = macros_.define(name, trim(rest), redefine, line.origin);
        if (!defined)
            fail(line, defined.error().text);
        is_inside_ = false;
        return true;
    }

    void begin(std::string_view name, const Line& line)
    {
        part_ = Part::unknown;
        is_inside_ = false;
        for (const auto& known : part_names)
            if (same_nocase(name, known.name) || same_nocase(name, known.singular))
                part_ = known.part;
        if (part_ == Part::unknown) {
            std::vector<std::string_view> names;
            for (const auto& known : part_names)
                names.push_back(known.name);
            const auto meant = nearest(name, names);
            fail(line, "\"" + std::string(name) + "\" is not a known configuration section name",
                 meant.empty() ? "known are " + known_parts() : "did you mean \"" + std::string(meant) + "\"?");
            return;
        }
        if (!begun_.insert(part_).second)
            fail(line, "\"" + std::string(name) + "\" section is repeated in the configuration file");
        if (part_ == Part::local_scan)
            document_.local_scan_begins = line.origin;
    }

    static std::string known_parts()
    {
        std::vector<std::string> names;
        for (const auto& known : part_names)
            names.emplace_back(known.name);
        return join(names, ", ");
    }

    void main_line(const Line& line)
    {
        std::string_view rest = line.text;
        const bool is_hidden = take_keyword(rest, "hide");
        std::string_view after = rest;
        const std::string_view word = take_word(after);
        for (const auto& known : list_words) {
            const bool is_cached = word.size() == known.word.size() + 6 && word.starts_with(known.word) &&
                                   word.ends_with("_cache");
            if (word == known.word || is_cached)
                return list_line(line, known.kind, trim_left(after), is_cached, is_hidden);
        }
        if (auto assignment = assignment_of(line))
            document_.main.push_back(std::move(*assignment));
    }

    void list_line(const Line& line, ListKind kind, std::string_view rest, bool is_cached, bool is_hidden)
    {
        const std::string name(take_word(rest));
        rest = trim_left(rest);
        if (name.empty() || rest.empty() || rest.front() != '=')
            return fail(line, name.empty() ? "a named list needs a name of letters, digits and underscores"
                                           : "missing '=' after \"" + name + "\"",
                        std::string(keyword(kind)) + " NAME = items");
        auto value = parse_string(trim(rest.substr(1)));
        if (!value)
            return fail(line, value.error().text + " for " + name);
        for (const auto& other : document_.lists)
            if (other.kind == kind && other.name == name)
                return fail(line, "duplicate name \"" + name + "\" for a named " + std::string(list_kind_name(kind)),
                            "the first is at " + other.origin.text());
        document_.lists.push_back({kind, name, std::move(value).take(), is_cached, is_hidden, line.origin});
    }

    static std::string_view list_kind_name(ListKind kind)
    {
        switch (kind) {
        case ListKind::domain: return "domain list";
        case ListKind::host: return "host list";
        case ListKind::address: return "address list";
        case ListKind::local_part: return "local part list";
        }
        return "list";
    }

    // "[hide] name [= value]"; nothing after an error.
    std::optional<Assignment> assignment_of(const Line& line)
    {
        std::string_view rest = line.text;
        Assignment assignment;
        assignment.is_hidden = take_keyword(rest, "hide");
        assignment.origin = line.origin;
        if (!is_alpha(rest.front())) {
            fail(line, "option setting expected: " + std::string(rest));
            return std::nullopt;
        }
        assignment.name = take_word(rest);
        rest = trim_left(rest);
        if (rest.empty())
            return assignment;
        if (rest.front() != '=') {
            fail(line, "missing \"=\" after " + assignment.name);
            return std::nullopt;
        }
        assignment.value = trim(rest.substr(1));
        return assignment;
    }

    // The name before a colon, or nothing. `rest` is what follows the colon.
    static std::optional<std::string_view> label_of(std::string_view text, std::string_view& rest)
    {
        std::string_view after = text;
        const std::string_view name = take_word(after);
        after = trim_left(after);
        if (name.empty() || after.empty() || after.front() != ':')
            return std::nullopt;
        rest = trim_left(after.substr(1));
        return name;
    }

    bool is_good_name(const Line& line, std::string_view name)
    {
        if (!is_alpha(name.front())) {
            fail(line, "a name must begin with a letter, not \"" + std::string(name) + "\"");
            return false;
        }
        if (name.size() > longest_name) {
            fail(line, "item name too long (>" + std::to_string(longest_name) + "): \"" + std::string(name) + "\"");
            return false;
        }
        return true;
    }

    void driver_line(const Line& line, std::vector<Instance>& instances, std::string_view kind)
    {
        std::string_view rest;
        if (const auto name = label_of(line.text, rest)) {
            is_inside_ = true;
            is_good_name(line, *name);
            if (!rest.empty())
                fail(line, "extra characters follow driver name " + std::string(*name),
                     "each option is on a line of its own");
            for (const auto& other : instances)
                if (other.name == *name)
                    fail(line, "there are two " + std::string(kind) + "s called \"" + other.name + "\"",
                         "the first is at " + other.origin.text());
            instances.push_back({std::string(*name), {}, {}, line.origin});
            return;
        }
        if (!is_inside_)
            return fail(line, std::string(kind) + " name missing", "an instance begins with NAME: on a line of its own");
        auto assignment = assignment_of(line);
        if (!assignment)
            return;
        Instance& instance = instances.back();
        if (assignment->name == "driver" && assignment->value && instance.driver.empty())
            if (const auto driver = parse_string(*assignment->value))
                instance.driver = *driver;
        instance.settings.push_back(std::move(*assignment));
    }

    void acl_line(Line& line)
    {
        std::string_view rest;
        const auto name = label_of(line.text, rest);
        if (!name) {
            if (!is_inside_)
                return fail(line, "missing or malformed ACL name", "an access control list begins with NAME:");
            document_.acls.back().lines.push_back(std::move(line));
            return;
        }
        is_inside_ = true;
        is_good_name(line, *name);
        for (const auto& other : document_.acls)
            if (other.name == *name)
                fail(line, "there are two ACLs called \"" + other.name + "\"", "the first is at " + other.origin.text());
        document_.acls.push_back({std::string(*name), {}, line.origin});
        if (!rest.empty())
            document_.acls.back().lines.push_back({std::string(rest), line.origin});
    }

    Macros& macros_;
    Problems& problems_;
    Document document_;
    Part part_ = Part::main;
    std::set<Part> begun_;
    bool is_inside_ = false; // within a driver instance or an ACL
};

}

std::string_view keyword(ListKind kind)
{
    for (const auto& known : list_words)
        if (known.kind == kind)
            return known.word;
    return {};
}

Document read_document(const NextLine& next, Macros& macros, Problems& problems)
{
    DocumentReader reader(macros, problems);
    while (auto line = next())
        reader.take(std::move(*line));
    return std::move(reader).finish();
}

}
