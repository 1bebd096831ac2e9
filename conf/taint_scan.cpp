#include "conf/taint_scan.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/expand/condition.h"

namespace gp::conf {
namespace {

constexpr std::string_view tainted_names[] = {
    "local_part",          "domain",           "original_local_part",   "original_domain",
    "parent_local_part",   "parent_domain",    "sender_address",        "sender_address_local_part",
    "sender_address_domain", "sender_helo_name", "sender_ident",        "recipients",
    "reply_address",       "return_path",      "local_part_suffix_v",   "local_part_prefix_v",
    "recipients_list",     "message_headers",  "message_headers_raw",   "message_body",
    "message_body_end",    "authenticated_id", "authenticated_fail_id", "authenticated_sender",
    "sender_host_name",    "tls_in_sni",       "tls_in_peerdn",         "mime_filename",
    "mime_decoded_filename", "smtp_command",   "smtp_command_argument", "auth1",
    "auth2",               "auth3",
};
constexpr std::string_view header_forms[] = {"h_", "rh_", "bh_", "lh_", "header_", "rheader_", "bheader_", "lheader_"};
// Their result tells nothing of the words themselves.
constexpr std::string_view clean_operators[] = {"md5",   "sha1",  "sha2",      "sha256",    "sha3",   "strlen", "nhash",
                                                "nh",    "eval",  "eval10",    "listcount", "mask",   "stat",   "time_eval",
                                                "base62", "base32"};

bool is_tainted(std::string_view name)
{
    if (std::ranges::find(tainted_names, name) != std::end(tainted_names))
        return true;
    return std::ranges::any_of(header_forms, [&](std::string_view form) { return name.starts_with(form); });
}

bool is_name_char(char c)
{
    return is_alnum(c) || c == '_';
}

// Just behind the brace that closes the one at `at`; the end when there is none.
std::size_t behind_brace(std::string_view text, std::size_t at)
{
    std::size_t depth = 0;
    for (auto i = at; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '{')
            ++depth;
        else if (text[i] == '}' && --depth == 0)
            return i + 1;
    }
    return text.size();
}

class Scan {
public:
    explicit Scan(const Carried& carried) : carried_(carried) {}

    std::vector<std::string> flows; // of the outermost text
    std::vector<TaintedUse> uses;

    void text(std::string_view words)
    {
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (words[i] == '\\') {
                ++i;
            } else if (words[i] == '$' && i + 1 < words.size() && words[i + 1] == '{') {
                const auto end = behind_brace(words, i + 1);
                if (end >= i + 3)
                    inside(words.substr(i + 2, end - i - 3));
                i = end - 1;
            } else if (words[i] == '$') {
                auto end = i + 1;
                while (end < words.size() && is_name_char(words[end]))
                    ++end;
                variable(words.substr(i + 1, end - i - 1));
                i = end - 1;
            }
        }
    }

private:
    void variable(std::string_view name)
    {
        if (is_tainted(name) || carried_.contains(name))
            flows.push_back("$" + std::string(name));
    }

    // What a part of the text would flow into; its own uses are kept.
    std::vector<std::string> apart(std::string_view words)
    {
        Scan other{carried_};
        other.text(words);
        uses.insert(uses.end(), other.uses.begin(), other.uses.end());
        return std::move(other.flows);
    }

    void use(std::string_view words, std::string_view where)
    {
        for (auto& name : apart(words))
            uses.push_back({std::move(name), std::string(where)});
    }

    // The brace groups at the top of an item, without their braces.
    static std::vector<std::string_view> groups(std::string_view item)
    {
        std::vector<std::string_view> out;
        for (std::size_t i = 0; i < item.size(); ++i) {
            if (item[i] != '{')
                continue;
            const auto end = behind_brace(item, i);
            if (end > i + 1)
                out.push_back(item.substr(i + 1, end - i - 2));
            i = end - 1;
        }
        return out;
    }

    // The groups of ${if …} that belong to its condition.
    static std::size_t groups_of_condition(std::string_view item)
    {
        auto rest = trim_left(item);
        while (rest.starts_with('!'))
            rest = trim_left(rest.substr(1));
        std::size_t end = 0;
        while (end < rest.size() && rest[end] != '{' && rest[end] != ':' && !is_space(rest[end]))
            ++end;
        const auto name = rest.substr(0, end);
        static const auto conditions = Registry<expand::Condition>::linked();
        if (name == "def" || name == "first_delivery" || name == "queue_running")
            return 0;
        if (const auto* known = conditions.find(name); known && known->strings != 0)
            return known->strings;
        return name.starts_with("match") || name.starts_with("for") || name.starts_with("inlist") || name == "inbound_srs"
                   ? 2
                   : 1;
    }

    void inside(std::string_view item)
    {
        std::size_t end = 0;
        while (end < item.size() && is_name_char(item[end]))
            ++end;
        const auto name = item.substr(0, end);
        const auto rest = item.substr(end);
        if (rest.empty())
            return variable(name);
        if (rest.starts_with(':'))
            return operation(name, rest.substr(1));
        const auto parts = groups(rest);
        if (name == "lookup")
            return lookup(rest, parts);
        if (name == "if") {
            const auto conditions = std::min(groups_of_condition(rest), parts.size());
            for (std::size_t i = 0; i < conditions; ++i)
                (void)apart(parts[i]);
            for (auto i = conditions; i < parts.size(); ++i)
                text(parts[i]);
            return;
        }
        if ((name == "readfile" || name == "readsocket") && !parts.empty())
            return use(parts[0], name == "readfile" ? "file of readfile" : "socket of readsocket");
        if (name == "run" && !parts.empty())
            return use(parts[0].substr(0, parts[0].find_first_of(" \t")), "command of run");
        if (name == "hash" || name == "nhash" || name == "hmac" || name == "env" || name == "acl")
            return;
        for (const auto part : parts)
            text(part);
    }

    void operation(std::string_view name, std::string_view subject)
    {
        const auto base = name.substr(0, name.find('_'));
        if (name == "expand")
            return use(subject, "text of expand");
        if (std::ranges::find(clean_operators, base) != std::end(clean_operators))
            return void(apart(subject));
        text(subject);
    }

    // The key is vouched for by being found; the file must be clean; what the branches hold flows on.
    void lookup(std::string_view rest, const std::vector<std::string_view>& parts)
    {
        const bool has_key = trim_left(rest).starts_with('{');
        const auto type = trim(rest.substr(0, rest.find('{')));
        if (type.starts_with("sqlite")) { // its file stands in front of the query, or behind the type (manual 9.26)
            if (const auto file = type.find("file="); file != type.npos)
                use(type.substr(file), "file of a look-up");
            if (!parts.empty() && trim_left(parts[0]).starts_with('/'))
                use(trim_left(parts[0]).substr(0, trim_left(parts[0]).find_first_of(" \t")), "file of a look-up");
        }
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (has_key && i == 0)
                (void)apart(parts[i]);
            else if (i == (has_key ? 1u : 0u)) {
                if (has_key)
                    use(parts[i], "file of a look-up");
            } else
                text(parts[i]);
        }
    }

    const Carried& carried_;
};

Scan scanned(std::string_view text, const Carried& carried)
{
    Scan scan{carried};
    scan.text(text);
    return scan;
}

}

std::vector<std::string> tainted_parts(std::string_view text, const Carried& carried)
{
    return scanned(text, carried).flows;
}

std::vector<TaintedUse> tainted_uses(std::string_view text, const Carried& carried)
{
    return scanned(text, carried).uses;
}

std::string instead_of(std::string_view variable)
{
    if (variable == "$local_part")
        return "$local_part_data, which a router has after check_local_user, or local_parts with a list or look-up";
    if (variable == "$domain")
        return "$domain_data, which a router has after domains with a list or look-up";
    if (variable == "$sender_address" || variable == "$sender_address_domain" || variable == "$sender_address_local_part")
        return "$sender_data, or a look-up of it";
    return "a look-up of it, or ${if inlist{" + std::string(variable) + "}{…}{$value}}";
}

}
