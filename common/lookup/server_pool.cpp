#include "common/lookup/server_pool.h"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <mutex>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/event/loop.h"
#include "common/lookup/ldap_lookup.h"

namespace gp::lookup {
namespace {

constexpr std::size_t most_idle = 8; // connections to one server that nobody uses
constexpr unsigned connect_seconds = 10;

constexpr ServerKind kinds[] = {
    {"mysql", "MySQL", "mysql_servers", &Settings::mysql_servers, true},
    {"pgsql", "PostgreSQL", "pgsql_servers", &Settings::pgsql_servers, true},
    {"redis", "Redis", "redis_servers", &Settings::redis_servers, false},
    {"ldap", "LDAP", "ldap_default_servers", &Settings::ldap_default_servers, false},
};

unsigned usual_port(const ServerKind& kind)
{
    return kind.name == "mysql" ? 3306 : kind.name == "pgsql" ? 5432 : 6379;
}

// In …/lib/gatepost/lookup, seen from a service in …/libexec/gatepost or from a command in …/bin.
std::vector<std::string> module_places(std::string_view name)
{
    char path[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0)
        return {};
    const std::string_view self(path, static_cast<std::size_t>(size));
    const auto above = [](std::string_view inner) { return inner.substr(0, inner.rfind('/')); };
    const auto command_prefix = above(above(self));
    const auto service_prefix = above(command_prefix);
    const std::string file = "/lib/gatepost/lookup/" + std::string(name) + ".so";
    return {std::string(service_prefix) + file, std::string(command_prefix) + file};
}

// "(…)" or "[…]" at the end of the text is taken off.
std::string take_bracketed(std::string_view& text, char open, char close)
{
    const auto at = text.find(open);
    if (at == std::string_view::npos)
        return {};
    const auto end = std::min(text.find(close, at), text.size());
    std::string out(text.substr(at + 1, end - at - 1));
    text = text.substr(0, at);
    return out;
}

class Servers final : public Source {
public:
    Servers(const Environment& environment, const ServerKind& kind, const ServerModule& module)
        : environment_(environment), kind_(kind), pool_(environment, module)
    {
    }

    Result<Answer> find(const Question& question) override
    {
        std::string_view query = question.key;
        const auto servers = TRY(chosen(question, query));
        Error last = temporary("no " + std::string(kind_.title) + " servers defined (" + std::string(kind_.option) +
                               " option)");
        for (const auto& text : servers) {
            auto answer = pool_.ask(TRY(parse_server(kind_, TRY(whole(text)))), text, query);
            // Another server is asked when this one cannot be, not when it did not like the query.
            if (answer || (answer.error().cause != Cause::closed && answer.error().cause != Cause::refused))
                return answer;
            last = std::move(answer).error();
        }
        return last;
    }

private:
    const std::string& all() const { return environment_.settings.*kind_.servers; }

    // The option servers=, its old form in front of the query, or the main option.
    Result<std::vector<std::string>> chosen(const Question& question, std::string_view& query) const
    {
        if (const auto* named = question.options.find("servers"))
            return config::split_list(*named);
        constexpr std::string_view old_form = "servers=";
        if (!trim_left(query).starts_with(old_form))
            return config::split_list(all());
        if (!question.taint.empty())
            return misconfigured("tainted query with a servers= list of its own: write \"" + std::string(kind_.name) +
                                 ",servers=…{query}\"");
        query = trim_left(query).substr(old_form.size());
        const auto end = query.find(';');
        if (end == std::string_view::npos)
            return misconfigured("missing ; after servers= in " + std::string(kind_.title) + " query");
        const auto list = query.substr(0, end);
        query = trim_left(query.substr(end + 1));
        return config::split_list(list);
    }

    // A host's name alone stands for its entry in the main option.
    Result<std::string> whole(const std::string& text) const
    {
        if (text.find('/') != std::string::npos || kind_.name == "redis")
            return text;
        for (const auto& known : config::split_list(all()))
            if (known.substr(0, known.find('/')) == text)
                return known;
        return temporary(std::string(kind_.title) + " server \"" + text + "\" not found in " + std::string(kind_.option));
    }

    const Environment& environment_;
    const ServerKind& kind_;
    ServerPool pool_;
};

}

Result<Answer> ServerPool::ask(const ServerSpec& server, const std::string& key, std::string_view query)
{
    for (int attempt = 0;; ++attempt) {
        auto& idle = idle_[key];
        std::unique_ptr<ServerLink> link;
        const bool was_idle = !idle.empty();
        if (was_idle) {
            link = std::move(idle.back());
            idle.pop_back();
        }
        auto answer = on_thread(server, link, query);
        if (answer || answer.error().cause == Cause::other) {
            if (link && idle_[key].size() < most_idle)
                idle_[key].push_back(std::move(link));
            return answer;
        }
        // A connection that was idle may have been closed since; a fresh one tells.
        idle_[key].clear();
        if (!was_idle || attempt > 0)
            return answer;
    }
}

unsigned ServerPool::patience() const
{
    return static_cast<unsigned>(std::min<std::int64_t>(environment_.settings.lookup_timeout, connect_seconds));
}

Result<Answer> ServerPool::on_thread(const ServerSpec& server, std::unique_ptr<ServerLink>& link, std::string_view query) const
{
    Result<Answer> answer = Answer::none();
    const auto largest = static_cast<std::size_t>(environment_.settings.lookup_answer_size_max);
    const auto work = [&] {
        if (!link) {
            auto made = module_.connect(server, patience());
            if (!made) {
                answer = std::move(made).error();
                return;
            }
            link = std::move(*made);
        }
        answer = link->ask(query, largest);
    };
    if (event::in_fiber())
        event::offload(work);
    else
        work();
    return answer;
}

Status ServerPool::try_connecting(const ServerSpec& server) const
{
    Status status;
    const auto work = [&] {
        if (auto made = module_.connect(server, patience()); !made)
            status = std::move(made).error();
    };
    if (event::in_fiber())
        event::offload(work);
    else
        work();
    return status;
}

const ServerKind* server_kind(std::string_view name)
{
    const auto at = std::ranges::find(kinds, name, &ServerKind::name);
    return at == std::end(kinds) ? nullptr : &*at;
}

Result<const ServerModule*> load_module(std::string_view name)
{
    static std::map<std::string, const ServerModule*, std::less<>> loaded;
    if (const auto at = loaded.find(name); at != loaded.end())
        return at->second;
    std::string why = "its file is nowhere";
    for (const auto& path : module_places(name)) {
        void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            if (::access(path.c_str(), F_OK) == 0)
                why = ::dlerror();
            continue;
        }
        auto* entry = reinterpret_cast<ModuleEntry*>(::dlsym(library, module_entry));
        const auto* module = entry ? entry() : nullptr;
        if (!module || module->version != ServerModule::current)
            return temporary(path + " is not of this version");
        loaded.emplace(name, module);
        return module;
    }
    return temporary("the module for lookup type \"" + std::string(name) + "\" cannot be loaded: " + why);
}

Result<ServerSpec> parse_server(const ServerKind& kind, std::string_view text)
{
    ServerSpec out;
    // The socket's path has slashes of its own.
    const auto bracket = text.find('(');
    const auto behind = bracket == std::string_view::npos || bracket > text.find('/') ? 0 : text.find(')', bracket);
    const auto end = std::min(text.find('/', behind == std::string_view::npos ? 0 : behind), text.size());
    auto host = text.substr(0, end);
    std::vector<std::string_view> parts;
    if (end < text.size())
        parts = split(text.substr(end + 1), '/');
    const std::size_t wanted = kind.has_user ? 3 : 2;
    if (kind.has_user ? parts.size() != wanted : parts.size() > wanted)
        return misconfigured("incomplete " + std::string(kind.title) + " server data: \"" +
                             std::string(text.substr(0, end)) + "/…\"");
    if (!parts.empty())
        out.database = parts[0];
    if (kind.has_user)
        out.user = parts[1];
    if (parts.size() == wanted)
        out.password = parts.back();
    out.group = take_bracketed(host, '[', ']');
    out.socket = take_bracketed(host, '(', ')');
    if (const auto colon = host.rfind(':'); colon != std::string_view::npos && !host.substr(colon + 1).empty()) {
        out.port = static_cast<unsigned>(TRY(parse_unsigned(host.substr(colon + 1))) & 0xffff);
        host = host.substr(0, colon);
    }
    out.host = host;
    return out;
}

ServerPlaces server_places(const ServerKind& kind, std::string_view servers)
{
    ServerPlaces out;
    if (kind.name == "ldap")
        return ldap_places(servers);
    for (const auto& item : config::split_list(servers)) {
        const auto server = parse_server(kind, item);
        if (!server)
            continue;
        if (!server->socket.empty() || server->host.empty() || server->host == "localhost")
            out.unix_sockets = true;
        if (server->socket.empty())
            out.ports.push_back(server->port ? server->port : usual_port(kind));
    }
    return out;
}

Result<std::unique_ptr<Source>> open_servers(const Environment& environment, const ServerKind& kind)
{
    const auto* module = TRY(load_module(kind.name));
    return std::unique_ptr<Source>(std::make_unique<Servers>(environment, kind, *module));
}

}
