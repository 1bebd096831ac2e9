// queryprogram: a program of the administrator's decides (manual chapter 21). It is run as command_user by launcher;
// the command-line tools run it themselves, as their caller.

#include "common/base/text.h"
#include "common/config/command_line.h"
#include "common/filter/alias_list.h"
#include "router/driver.h"
#include "router/host_finder.h"
#include "router/programs.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

constexpr std::size_t longest_answer = 1023; // manual 21: the rest is not looked at

class QueryProgram final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    QueryProgram(const Ground& ground, std::string name) : ground_(ground), name_(std::move(name)) {}
    Result<launcher::ProgramReply> run(const Question& question) const;
    Result<Decision> accept(const Question& question, std::string_view words) const;
    Result<Decision> resolve(const Question& question, std::string_view hosts, const HostSearch& search) const;
    Result<Decision> redirect(const Question& question, std::string_view list) const;

    const Ground& ground_;
    const std::string name_;
    std::vector<expand::Expression> command_;
    launcher::ProgramQuestion call_;
    expand::ListText ignored_;
    SelfRule self_;
};

Result<std::vector<expand::Expression>> words_of(const Ground& ground, const conf::Driver& instance)
{
    const auto& settings = instance.settings;
    auto words = config::split_command(settings.expandable("command").text, config::Braces::together);
    if (!words || words->empty())
        return misconfigured(instance.origin.text() + ": router " + instance.name + ": command is unset or malformed");
    if (!words->front().starts_with('/') || words->front().find('$') != std::string::npos)
        return misconfigured(settings.origin("command").text() + ": router " + instance.name +
                             ": the program of command must be an absolute path without expansions");
    std::vector<expand::Expression> out;
    for (const auto& word : *words) {
        auto parsed = ground.language.parse(word);
        if (!parsed)
            return misconfigured(settings.origin("command").text() + ": command: " + parsed.error().text);
        out.push_back(std::move(parsed).take());
    }
    return out;
}

Result<std::unique_ptr<Router>> QueryProgram::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<QueryProgram> made{new QueryProgram(ground, instance.name)};
    const auto& settings = instance.settings;
    made->command_ = TRY(words_of(ground, instance));
    if (!settings.is_set("command_user"))
        return misconfigured(instance.origin.text() + ": router " + instance.name + " wants command_user");
    const auto& user = std::get<config::Identity>(settings.find("command_user")->value);
    made->call_.uid = user.id;
    if (settings.is_set("command_group"))
        made->call_.gid = std::get<config::Identity>(settings.find("command_group")->value).id;
    else if (const auto known = TRY(find_user(user.id)))
        made->call_.gid = known->gid;
    else
        return misconfigured(instance.origin.text() + ": router " + instance.name + " wants command_group");
    made->call_.directory = settings.text("current_directory");
    made->call_.timeout = static_cast<std::uint32_t>(settings.time("timeout").count() / 1000);
    made->ignored_ = TRY(list_of(ground, instance, "ignore_target_hosts", match::Kind::host));
    made->self_ = TRY(SelfRule::read(instance));
    return std::unique_ptr<Router>{std::move(made)};
}

Result<launcher::ProgramReply> QueryProgram::run(const Question& question) const
{
    auto call = call_;
    for (const auto& word : command_) {
        auto text = word.expand(question.scene);
        if (!text)
            return temporary("failed to expand \"" + word.source() + "\" in command: " + text.error().text);
        call.words.push_back(std::move(text->text));
    }
    if (ground_.programs)
        return ground_.programs->run(call);
    if (!ground_.world.effects.runner)
        return temporary("no program can be run here");
    const auto ran = TRY(ground_.world.effects.runner->run(call.words));
    return launcher::ProgramReply{.started = ran.code != 127, .code = ran.code, .output = ran.output};
}

Result<Decision> QueryProgram::route(const Question& question)
{
    const auto ran = run(question);
    if (!ran)
        return Decision::deferred(name_ + " router: " + ran.error().text);
    if (ran->timed_out) {
        auto decision = Decision::deferred(name_ + " router: command timed out");
        decision.freeze = true;
        return decision;
    }
    if (ran->signalled || ran->code != 0)
        return Decision::deferred(name_ + " router: command returned non-zero code " + std::to_string(ran->code));
    auto line = std::string_view(ran->output).substr(0, longest_answer);
    line = trim(line.substr(0, line.find('\n')));
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    const auto word = line.substr(0, end);
    const auto rest = trim(line.substr(end));
    if (ran->output.empty())
        return Decision::deferred(name_ + " router: command failed to return data");
    if (same_nocase(word, "accept"))
        return accept(question, rest);
    if (same_nocase(word, "decline"))
        return Decision::declined();
    if (same_nocase(word, "pass"))
        return Decision::passed();
    if (same_nocase(word, "redirect"))
        return redirect(question, rest);
    if (same_nocase(word, "fail"))
        return Decision::failed(std::string(rest));
    if (!same_nocase(word, "defer") && !same_nocase(word, "freeze"))
        return Decision::deferred("bad command yield: " + std::string(word) + " " + std::string(rest));
    auto decision = Decision::deferred(std::string(rest));
    decision.freeze = same_nocase(word, "freeze");
    return decision;
}

namespace {

// One of "transport=x hosts="a : b" lookup=byname data=…": its value; blanks may stand around the =.
std::string value_of(std::string_view words, std::string_view wanted)
{
    while (!(words = trim_left(words)).empty()) {
        const auto equals = words.find('=');
        if (equals == std::string_view::npos)
            return {};
        const auto name = trim(words.substr(0, equals));
        words = trim_left(words.substr(equals + 1));
        std::string value;
        if (words.starts_with('"')) {
            const auto close = words.find('"', 1);
            value = words.substr(1, std::min(close, words.size()) - 1);
            words = close == std::string_view::npos ? std::string_view{} : words.substr(close + 1);
        } else {
            const auto end = std::min(words.find_first_of(" \t"), words.size());
            value = words.substr(0, end);
            words = words.substr(end);
        }
        if (same_nocase(name, wanted))
            return value;
    }
    return {};
}

}

Result<Decision> QueryProgram::accept(const Question& question, std::string_view words) const
{
    HostSearch search{.options = {}, .ignored = &ignored_};
    const auto lookup = value_of(words, "lookup");
    if (lookup == "byname")
        search.options.lookup = RouteOptions::Lookup::by_name;
    else if (lookup == "bydns")
        search.options.lookup = RouteOptions::Lookup::by_dns;
    else if (!lookup.empty())
        return Decision::deferred("bad lookup type \"" + escape(lookup) + "\" yielded by command");
    const auto transport = value_of(words, "transport");
    if (!transport.empty() && !ground_.configuration.transport(transport))
        return Decision::deferred("unknown transport name " + escape(transport) + " yielded by command");
    const auto hosts = value_of(words, "hosts");
    auto decision = hosts.empty() ? Decision::accepted() : TRY(resolve(question, hosts, search));
    decision.transport = transport;
    decision.address_data = value_of(words, "data");
    return decision;
}

Result<Decision> QueryProgram::resolve(const Question& question, std::string_view hosts, const HostSearch& search) const
{
    const HostFinder finder{ground_, question.scene};
    std::vector<Host> found;
    for (const auto& one : TRY(parse_route_hosts(hosts))) {
        const bool is_first = found.empty();
        switch (TRY(finder.add(one, search, found))) {
        case HostFound::not_now:
            return Decision::dns_trouble("host lookup for " + one.name + " did not complete (DNS timeout?)", -36);
        case HostFound::insecure:
            return Decision::deferred("host lookup done insecurely");
        case HostFound::self:
            return is_first ? self_.apply(question.candidate, std::move(found)) : Decision::accepted(std::move(found));
        case HostFound::no:
            return Decision::deferred("lookup of host \"" + escape(one.name) + "\" failed in " + name_ + " router");
        case HostFound::yes:
            if (found.empty()) // all that it stands for is left out
                return Decision::deferred("lookup of host \"" + escape(one.name) + "\" failed in " + name_ + " router");
        }
    }
    return Decision::accepted(std::move(found));
}

// New addresses, :fail: or :defer:, but no pipes and no files (manual 21).
Result<Decision> QueryProgram::redirect(const Question& question, std::string_view list) const
{
    filter::AliasRules rules{.allow_fail = true, .allow_defer = true};
    rules.forbid_pipe = rules.forbid_file = rules.forbid_include = rules.forbid_blackhole = true;
    rules.items_max = ground_.parameters.addresses_max;
    const auto parsed = filter::parse_alias_list(list, rules);
    if (!parsed)
        return Decision::deferred(parsed.error().text);
    Decision decision{.kind = Decision::Kind::redirected};
    for (const auto& item : parsed->items) {
        if (item.kind == filter::AliasItem::Kind::fail || item.kind == filter::AliasItem::Kind::defer) {
            const bool fails = item.kind == filter::AliasItem::Kind::fail;
            auto forced = fails ? Decision::failed(item.text) : Decision::deferred(item.text);
            forced.is_forced = true;
            return forced;
        }
        if (item.kind != filter::AliasItem::Kind::address)
            return Decision::deferred("error in redirect data: \"" + escape(item.text) + "\" is not permitted");
        Candidate child;
        child.is_tainted = false;
        const auto address = item.has_domain ? item.text : item.text + "@" + ground_.world.site.qualify_recipient;
        child.rename(ground_.rewriting.address(question.scene, address, rewrite::env_to));
        decision.children.push_back(std::move(child));
    }
    return decision.children.empty() ? Decision::declined() : decision;
}

const RegisterRouter self{{
    .name = "queryprogram",
    .make = QueryProgram::make,
    .doc = "Asks a program where the address goes.",
}};

}
}
