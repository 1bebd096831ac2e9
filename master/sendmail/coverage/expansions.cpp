// The expansion language: items, operators, conditions, variables and their families, look-up types. What stands
// in no registry of its own is tried: a text with the word is parsed.

#include "common/expand/expand.h"
#include "conf/refused_words.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

using conf::WordKind;

std::string why_not(WordKind kind, std::string_view name)
{
    const auto* refused = conf::refused_word(kind, name);
    return refused ? std::string(refused->why) : std::string();
}

template <class Driver>
void registered(Page& page, const std::string& list, const Registry<Driver>& words, WordKind kind)
{
    for (const auto& word : words.all())
        page.push_back({list, std::string(word.name), why_not(kind, word.name)});
}

struct Sample {
    std::string_view list, name, text;
};

// Words without a descriptor, and families: one text that has a member.
constexpr Sample samples[] = {
    {"expansion_conditions", "!", "${if !eq{a}{b}{yes}}"},
    {"expansion_header_forms", "bh_", "$bh_subject:"},
    {"expansion_header_forms", "bheader_", "$bheader_subject:"},
    {"expansion_header_forms", "h_", "$h_subject:"},
    {"expansion_header_forms", "header_", "$header_subject:"},
    {"expansion_header_forms", "lh_", "$lh_subject:"},
    {"expansion_header_forms", "lheader_", "$lheader_subject:"},
    {"expansion_header_forms", "rh_", "$rh_subject:"},
    {"expansion_header_forms", "rheader_", "$rheader_subject:"},
    {"expansion_variables_families", "<digits>", "$1"},
    {"expansion_variables_families", "acl_c*", "$acl_c0"},
    {"expansion_variables_families", "acl_m*", "$acl_m0"},
    {"expansion_variables_families", "auth1..auth4", "$auth1"},
    {"expansion_variables_families", "bheader_<name>:", "$bheader_subject:"},
    {"expansion_variables_families", "header_<name>:", "$header_subject:"},
    {"expansion_variables_families", "lheader_<name>:", "$lheader_subject:"},
    {"expansion_variables_families", "r_*", "$r_x"},
    {"expansion_variables_families", "regex1..regexN", "$regex1"},
    {"expansion_variables_families", "rheader_<name>:", "$rheader_subject:"},
};

// Members of families that the manual lists by name.
constexpr std::string_view members[] = {
    "acl_arg1", "acl_arg2", "acl_arg3", "acl_arg4", "acl_arg5", "acl_arg6", "acl_arg7", "acl_arg8", "acl_arg9",
    "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9",
    "sn0", "sn1", "sn2", "sn3", "sn4", "sn5", "sn6", "sn7", "sn8", "sn9",
};

void variables(Page& page, const expand::Language& language)
{
    for (const auto& variable : language.variables().all())
        if (!variable.is_family)
            page.push_back({"expansion_variables", std::string(variable.name), why_not(WordKind::variable, variable.name)});
    for (const auto name : members)
        if (const auto* found = language.find_variable(name); found && found->is_family)
            page.push_back({"expansion_variables", std::string(name), {}});
}

constexpr std::string_view dnsdb_types[] = {"A", "A+", "AAAA", "CNAME", "CSA", "MX", "MXH", "NS", "PTR",
                                            "SOA", "SPF", "SRV", "TLSA", "TXT", "ZNS"};
// Known to Exim alone: there is no descriptor of them here.
constexpr std::string_view other_lookups[] = {"nis", "nis0", "whoson"};

void lookups(Page& page, const Registry<lookup::Driver>& drivers)
{
    const auto add = [&](std::string_view name, bool is_query) {
        const auto why = why_not(WordKind::lookup, name);
        page.push_back({"lookup_types", std::string(name), why});
        page.push_back({is_query ? "lookup_types_query_style" : "lookup_types_single_key", std::string(name), why});
    };
    for (const auto& driver : drivers.all())
        add(driver.name, driver.style == lookup::Style::query);
    for (const auto name : other_lookups)
        add(name, name == "whoson");
    for (const auto type : dnsdb_types)
        page.push_back({"dnsdb_types", std::string(type), {}});
}

void write(Page& page)
{
    const auto language = expand::Language::linked();
    registered(page, "expansion_items", language.items(), WordKind::item);
    for (const auto& word : language.operators().all())
        page.push_back({"expansion_operators", std::string(word.name), {}});
    registered(page, "expansion_conditions", language.conditions(), WordKind::condition);
    variables(page, language);
    for (const auto& sample : samples) {
        const auto parsed = language.parse(sample.text);
        page.push_back({std::string(sample.list), std::string(sample.name), parsed ? std::string() : parsed.error().text});
    }
    lookups(page, language.lookups());
}

const RegisterCoverage self{{.name = "b expansions", .write = write}};

}
}
