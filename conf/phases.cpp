#include "conf/phases.h"

#include <algorithm>
#include <map>

#include "common/base/text.h"

namespace gp::conf {
namespace {

constexpr std::uint32_t before_mail = acl::where_connect | acl::where_helo | acl::where_starttls | acl::where_auth;
constexpr std::uint32_t before_data = before_mail | acl::where_mail | acl::where_rcpt | acl::where_predata;
constexpr std::uint32_t of_all_recipients = acl::where_data | acl::where_mime | acl::where_dkim | acl::where_predata | acl::where_not_smtp |
                                            acl::where_not_smtp_mime | acl::where_not_smtp_start;

// Where a variable is empty whatever comes (manual 11.9). Points that are not named here may know it.
struct Empty {
    std::string_view name; // "mime_" stands for the whole family
    std::uint32_t where;
};
constexpr Empty empty_at[] = {
    {"local_part", before_mail | acl::where_mail | of_all_recipients},
    {"domain", before_mail | acl::where_mail | of_all_recipients},
    {"original_local_part", before_mail | acl::where_mail | of_all_recipients},
    {"original_domain", before_mail | acl::where_mail | of_all_recipients},
    {"sender_address", before_mail},
    {"sender_address_local_part", before_mail},
    {"sender_address_domain", before_mail},
    {"message_size", before_mail},
    {"sender_helo_name", acl::where_connect},
    {"authenticated_id", acl::where_connect},
    {"recipients", before_mail | acl::where_mail | acl::where_rcpt},
    {"message_body", before_data},
    {"message_body_end", before_data},
    {"message_body_size", before_data},
    {"body_linecount", before_data},
    {"message_linecount", before_data},
    {"message_exim_id", before_data},
    {"message_id", before_data},
    {"reply_address", before_data},
    {"received_count", before_data},
    {"malware_name", before_data},
    {"spam_", before_data},
    {"mime_", before_data},
    {"dkim_", before_data},
};

// verify = header_syntax, header_sender/…, header_names_ascii, not_blind
bool looks_at_headers(std::string_view verified)
{
    return verified.starts_with("header_") || verified.starts_with("not_blind");
}

bool is_name_char(char c)
{
    return is_alnum(c) || c == '_';
}

// "$name" and "${name}", but no operators: ${domain:…}.
std::vector<std::string_view> variables_in(std::string_view text)
{
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
            continue;
        }
        if (text[at] != '$')
            continue;
        const bool has_brace = text[at + 1] == '{';
        const auto begin = at + 1 + has_brace;
        auto end = begin;
        while (end < text.size() && is_name_char(text[end]))
            ++end;
        if (!has_brace || (end < text.size() && text[end] == '}'))
            out.push_back(text.substr(begin, end - begin));
    }
    return out;
}

std::uint32_t where_empty(std::string_view name)
{
    for (const auto& row : empty_at)
        if (name == row.name || (row.name.ends_with('_') && name.starts_with(row.name)))
            return row.where;
    return 0;
}

class Phases {
public:
    Phases(const ParsedAcls& acls, config::Problems& problems) : acls_(acls), problems_(problems) {}

    void run(const AclPoint& point, std::string_view named)
    {
        seen_.clear();
        for (const auto* one : acls_.named_in(named))
            look(*one, point, "");
    }

    // Only of ACLs that run nowhere else: one that serves several points may ask where it is.
    void tell_of_variables() const
    {
        for (const auto& [one, runs] : runs_)
            for (const auto& statement : one->list.statements)
                for (const auto& clause : statement.clauses) {
                    const auto argument = one->argument(clause);
                    for (const auto name : variables_in(argument))
                        if ((runs.where & ~where_empty(name)) == 0 && argument.find("def:" + std::string(name)) == argument.npos)
                            problems_.warning(clause.origin, "",
                                              "ACL " + one->list.name + " runs as " + runs.as + ", where $" + std::string(name) + " has no value");
                }
    }

private:
    struct Runs {
        std::uint32_t where = 0;
        std::string as; // the first option
    };

    static bool is_condition(const acl::Clause& clause) { return clause.kind == acl::Clause::Kind::condition; }

    void look(const ParsedAcl& one, const AclPoint& point, const std::string& by)
    {
        if (std::ranges::find(seen_, &one) != seen_.end())
            return;
        seen_.push_back(&one);
        auto& runs = runs_[&one];
        runs.where |= point.where;
        runs.as += (runs.as.empty() ? "" : " and ") + std::string(point.option);
        for (const auto& statement : one.list.statements)
            for (const auto& clause : statement.clauses) {
                if ((clause.allowed_at & point.where) == 0)
                    problems_.warning(clause.origin, "",
                                      "ACL " + one.list.name + " runs as " + std::string(point.option) + by + ", where \"" + clause.name +
                                          "\" cannot be " + (is_condition(clause) ? "tested" : "used") + ": it will defer all mail");
                const auto argument = one.argument(clause);
                if (clause.name == "verify" && looks_at_headers(argument) && (point.where & before_data) != 0)
                    problems_.warning(clause.origin, "",
                                      "ACL " + one.list.name + " runs as " + std::string(point.option) + by +
                                          ", where there are no headers to verify: it will defer all mail");
                if (clause.name == "acl" || argument.find("acl") != argument.npos)
                    for (const auto* called : acls_.named_in(argument))
                        look(*called, point, ", called by ACL " + one.list.name);
            }
    }

    const ParsedAcls& acls_;
    config::Problems& problems_;
    std::vector<const ParsedAcl*> seen_;
    std::map<const ParsedAcl*, Runs> runs_;
};

// The domains are those that the client names then, whosever they are.
void warn_of_open_atrn(const ParsedAcl& one, config::Problems& problems)
{
    for (const auto& statement : one.list.statements) {
        bool asks = false;
        for (const auto& clause : statement.clauses)
            asks = asks || clause.name == "atrn_domains" || clause.name == "acl";
        if (asks) // what follows it may rely on it
            return;
        if (statement.verb == acl::Verb::accept)
            problems.warning(statement.origin, "",
                             "ACL " + one.list.name + " runs as acl_smtp_atrn, and accepts without atrn_domains: any login gets the mail of "
                             "every domain that it names, and it is removed from the queue");
    }
}

}

void warn_of_phases(const Configuration& configuration, const ParsedAcls& acls, config::Problems& problems)
{
    Phases phases{acls, problems};
    for (const auto& point : acl_points())
        if (const auto* named = std::get_if<std::string>(&configuration.main.all.at(point.option).value))
            phases.run(point, *named);
    if (const auto* named = std::get_if<std::string>(&configuration.main.all.at("acl_smtp_atrn").value))
        for (const auto* one : acls.named_in(*named))
            warn_of_open_atrn(*one, problems);
    phases.tell_of_variables();
}

}
