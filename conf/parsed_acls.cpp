#include "conf/parsed_acls.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::conf {
namespace {

constexpr AclPoint points[] = {
    {"acl_smtp_connect", acl::where_connect},     {"acl_smtp_helo", acl::where_helo},
    {"acl_smtp_starttls", acl::where_starttls},   {"acl_smtp_auth", acl::where_auth},
    {"acl_smtp_mail", acl::where_mail},           {"acl_smtp_rcpt", acl::where_rcpt},
    {"acl_smtp_predata", acl::where_predata},     {"acl_smtp_mime", acl::where_mime},
    {"acl_smtp_dkim", acl::where_dkim},           {"acl_smtp_data", acl::where_data},
    {"acl_smtp_data_prdr", acl::where_prdr},      {"acl_not_smtp", acl::where_not_smtp},
    {"acl_not_smtp_start", acl::where_not_smtp_start}, {"acl_not_smtp_mime", acl::where_not_smtp_mime},
    {"acl_smtp_etrn", acl::where_etrn},           {"acl_smtp_atrn", acl::where_atrn},
    {"acl_smtp_vrfy", acl::where_vrfy},
    {"acl_smtp_expn", acl::where_expn},           {"acl_smtp_quit", acl::where_quit},
    {"acl_smtp_notquit", acl::where_notquit},     {"acl_smtp_wellknown", acl::where_wellknown},
};

bool is_at(const config::Origin& one, const config::Origin& other)
{
    return one.line == other.line && one.file_name() == other.file_name();
}

// Problems have the line that they were found in: the statement is the last that begins no later.
std::vector<bool> broken_statements(const config::Acl& source, const acl::Acl& list, const config::Problems& problems)
{
    std::vector<bool> out(list.statements.size());
    for (const auto& problem : problems.all()) {
        std::size_t begun = 0;
        for (const auto& line : source.lines) {
            if (begun < list.statements.size() && is_at(line.origin, list.statements[begun].origin))
                ++begun;
            if (is_at(line.origin, problem.origin))
                break;
        }
        if (begun > 0)
            out[begun - 1] = true;
    }
    return out;
}

}

std::span<const AclPoint> acl_points()
{
    return points;
}

std::string ParsedAcl::argument(const acl::Clause& clause) const
{
    for (const auto& line : source->lines)
        if (is_at(line.origin, clause.origin))
            if (const auto equals = line.text.find('='); equals != std::string::npos)
                return std::string(trim(std::string_view(line.text).substr(equals + 1)));
    return {};
}

ParsedAcls::ParsedAcls(const Configuration& configuration) : language_(expand::Language::linked()), words_(acl::Words::linked())
{
    for (const auto& source : configuration.acls) {
        config::Problems problems;
        auto list = acl::parse_acl(source, language_, words_, problems);
        auto broken = broken_statements(source, list, problems);
        all_.push_back({&source, std::move(list), std::move(broken)});
    }
}

const ParsedAcl* ParsedAcls::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(all_, [&](const ParsedAcl& one) { return one.source->name == name; });
    return found == all_.end() ? nullptr : &*found;
}

std::vector<const ParsedAcl*> ParsedAcls::named_in(std::string_view text) const
{
    std::vector<const ParsedAcl*> out;
    const auto add = [&](std::string_view name) {
        if (const auto* found = find(trim(name)); found && std::ranges::find(out, found) == out.end())
            out.push_back(found);
    };
    text = trim(text);
    if (text.find('$') == text.npos) {
        add(text.substr(0, text.find_first_of(" \t\n")));
        return out;
    }
    for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1))
        add(text.substr(open + 1, std::min(text.find_first_of("{}", open + 1), text.size()) - open - 1));
    return out;
}

}
