#include "conf/compile.h"

#include "common/base/random.h"
#include "common/base/text.h"
#include "conf/announcement.h"
#include "conf/image_writer.h"
#include "conf/instance_block.h"
#include "conf/milters.h"
#include "conf/params/log_ports.h"
#include "conf/trusted_files.h"
#include "router/policy_protocol.h"

namespace gp::conf {
namespace {

using router::Phase;

constexpr std::pair<Phase, std::string_view> acl_of_phase[] = {
    {Phase::connect, "acl_smtp_connect"},
    {Phase::helo, "acl_smtp_helo"},
    {Phase::starttls, "acl_smtp_starttls"},
    {Phase::auth, "acl_smtp_auth"},
    {Phase::mail, "acl_smtp_mail"},
    {Phase::rcpt, "acl_smtp_rcpt"},
    {Phase::predata, "acl_smtp_predata"},
    {Phase::mime, "acl_smtp_mime"},
    {Phase::dkim, "acl_smtp_dkim"},
    {Phase::data, "acl_smtp_data"},
    {Phase::data_prdr, "acl_smtp_data_prdr"},
    {Phase::not_smtp, "acl_not_smtp"},
    {Phase::not_smtp_start, "acl_not_smtp_start"},
    {Phase::not_smtp_mime, "acl_not_smtp_mime"},
    {Phase::etrn, "acl_smtp_etrn"},
    {Phase::vrfy, "acl_smtp_vrfy"},
    {Phase::expn, "acl_smtp_expn"},
    {Phase::atrn, "acl_smtp_atrn"},
    {Phase::wellknown, "acl_smtp_wellknown"},
    {Phase::quit, "acl_smtp_quit"},
    {Phase::notquit, "acl_smtp_notquit"},
    {Phase::mailauth, "acl_smtp_mailauth"},
};

constexpr std::string_view over_reload[] = {"spoold", "qmgr", "log", "tally"};

struct Program {
    std::string_view name;
    Result<std::string> (*parameters)(const Context& context, const ServiceRow& row);
};

constexpr Program programs[] = {
    {"smtpd", smtpd_parameters},       {"cleanup", cleanup_parameters}, {"submit", submit_parameters},
    {"log", log_parameters},           {"qmgr", qmgr_parameters},       {"router", router_parameters},
    {"keyd", keyd_parameters},         {"spoold", spoold_parameters},   {"remote", remote_parameters},
    {"launcher", launcher_parameters}, {"bounce", bounce_parameters},   {"tally", tally_parameters},
};

Result<service::ImageService> service_row(const Context& context, const ServiceRow& row)
{
    service::ImageService out{};
    TRY(put_text(out.name, row.name, "service"));
    TRY(put_text(out.program, row.program, "program"));
    out.processes = row.processes;
    out.max_sessions = row.sessions;
    const auto owner = context.owners.of(row);
    out.uid = owner.uid;
    out.gid = owner.gid;
    if (std::ranges::find(over_reload, row.program) != std::end(over_reload))
        out.flags |= service::stays_over_reload;
    if (!row.chroot)
        out.flags |= service::no_chroot;
    if (row.program == "cleanup" && context.settings().flag("mua_wrapper"))
        out.flags |= service::asks_at_need; // remote, to which it hands what is never queued
    out.max_memory_mib = row.memory_mib;
    out.max_files = files_of(row);
    return out;
}

Status fill_header(const Context& context, service::ImageHeader& header)
{
    header.flags = (context.main().own.require_sandbox ? service::require_sandbox : 0u) |
                   (context.is_system ? service::system_instance : 0u) |
                   (context.test_habits ? service::test_habits : 0u);
    const auto seconds_of = [&](const char* option, std::int64_t usual, std::int64_t least) {
        return static_cast<std::uint32_t>(
            std::clamp<std::int64_t>(number_of(context.settings(), option).value_or(usual), least, 24 * 3600));
    };
    header.stop_deadline = seconds_of("stop_deadline", 30, 1);
    header.restart_wait = seconds_of("service_restart_wait", 1, 0);
    header.restart_longest = seconds_of("service_restart_longest", 60, 0);
    header.restart_healthy = seconds_of("service_restart_healthy", 10, 0);
    if (!context.arguments.one_shot) {
        header.bind_retries = static_cast<std::uint32_t>(std::clamp<std::int64_t>(number_of(context.settings(), "daemon_startup_retries").value_or(9), 0, 1'000'000));
        header.bind_wait = seconds_of("daemon_startup_sleep", 30, 1);
    }
    TRY(put_text(header.spool_directory, context.spool_directory(), "spool_directory"));
    // -oP wins over the option (manual 5.2).
    if (!context.arguments.pid_file.empty())
        TRY(put_text(header.pid_file, context.arguments.pid_file, "pid file"));
    else if (context.settings().is_written("pid_file_path"))
        TRY(put_text(header.pid_file, context.main().process.pid_file_path, "pid_file_path"));
    const auto line = announcement(context);
    line.copy(header.announcement, sizeof header.announcement - 1); // of very many ports the first ones
    header.spool_uid = context.owners.spool().uid;
    header.spool_gid = context.owners.spool().gid;
    return {};
}

}

// Who is handed a connection of the program's knows it by one user.
Result<uid_t> Context::uid_of(std::string_view program) const
{
    const ServiceRow* first = nullptr;
    for (const auto& row : table) {
        if (row.program != program || row.processes == 0)
            continue;
        if (first && owners.of(row).uid != owners.of(*first).uid)
            return misconfigured((row.origin.line ? row.origin : first->origin).text() + ": pool " + row.name + " runs as " + row.user + ", and pool " + first->name +
                                 " as " + first->user + "; all pools of " + std::string(program) + " must have the same user");
        if (!first)
            first = &row;
    }
    if (!first || owners.of(*first).uid == static_cast<uid_t>(-1))
        return caller_uid;
    return owners.of(*first).uid;
}

std::string Context::log_ports() const
{
    return logged_ports(settings().text("log_ports")).take(); // the reader has checked it
}

std::uint32_t Context::processes_of(std::string_view program) const
{
    std::uint32_t count = 0;
    for (const auto& row : table)
        if (row.program == program)
            count += row.processes;
    return count;
}

Owner Context::runner() const
{
    const auto& process = main().process;
    if (!process.exim_user.name.empty())
        return {process.exim_user.id, process.exim_group.name.empty() ? process.exim_user.group : process.exim_group.id};
    const auto spool = owners.spool();
    return spool.uid == static_cast<uid_t>(-1) ? Owner{caller_uid, caller_gid} : spool;
}

std::optional<std::string> with_names(const Context& context, std::string_view option)
{
    auto text = context.settings().expandable(option).text;
    const std::pair<std::string_view, std::string_view> names[] = {
        {"primary_hostname", context.main().identity.primary_hostname},
        {"qualify_domain", context.main().identity.qualify_domain},
        {"spool_directory", context.spool_directory()},
    };
    for (const auto& [name, value] : names) {
        text = replace_all(text, "${" + std::string(name) + "}", value);
        text = replace_all(text, "$" + std::string(name), value);
    }
    if (text.find_first_of("$\\") != std::string::npos)
        return {};
    return text;
}

std::uint64_t Context::phases() const
{
    std::uint64_t bits = 0;
    for (const auto& [phase, option] : acl_of_phase)
        if (settings().is_set(option))
            bits |= std::uint64_t{1} << static_cast<unsigned>(phase);
    return bits;
}

Result<std::string> parameters_for(const Context& context, const ServiceRow& row)
{
    const auto* program = std::ranges::find(programs, row.program, &Program::name);
    return program == std::end(programs) ? std::string{} : program->parameters(context, row);
}

// What a file's name stands for is read when it is used: it may name anything.
bool names_in_acls(const Configuration& configuration, std::initializer_list<std::string_view> words)
{
    const auto names_one = [&](std::string_view text) {
        return std::ranges::any_of(words, [&](auto word) { return text.find(word) != std::string_view::npos; });
    };
    const auto is_of_file = [](std::string_view text) { return text.find("acl") != std::string_view::npos && text.find('/') != std::string_view::npos; };
    for (const auto& acl : configuration.acls)
        for (const auto& line : acl.lines)
            if (names_one(line.text) || is_of_file(line.text))
                return true;
    for (const auto& [phase, option] : acl_of_phase)
        if (configuration.main.all.is_set(option))
            if (const auto& text = configuration.main.all.expandable(option).text; names_one(text) || text.find('/') != std::string::npos)
                return true;
    return false;
}

std::uint32_t files_of(const ServiceRow& row)
{
    constexpr std::uint32_t besides = 512;
    return row.files == 0 && row.program == "smtpd" ? row.sessions + besides : row.files;
}

namespace {

// Main options that Exim expands when it uses them, and whose values the services have from their start.
Status check_plain_options(const config::Settings& settings)
{
    for (const std::string_view option :
         {"queue_run_max", "recipients_max", "smtp_accept_max_per_connection", "smtp_receive_timeout",
          "tls_eccurve", "tls_require_ciphers", "tls_verify_certificates"})
        if (settings.is_written(option) && !settings.expandable(option).is_constant())
            return misconfigured(settings.origin(option).text() + ": " + std::string(option) +
                                 ": an expansion is not supported here; it must be a plain text");
    return {};
}

}

namespace {

// What master looks at from time to time (master/file_watch.h).
std::string watched_files(const Context& context)
{
    auto files = context.keys.files;
    // Remote sees a file as it was at its start: another one of the same name is for the next remote.
    for (auto& path : trusted_by_transports(context.configuration))
        files.push_back(std::move(path));
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    std::string out = std::to_string(number_of(context.settings(), "certificate_watch_interval").value_or(60)) + '\0';
    for (const auto& file : files) // bounded where they were found
        out += file + '\0';
    return out;
}

}

Result<std::string> compile(const Context& context)
{
    TRY(check_plain_options(context.settings()));
    ImageWriter writer;
    TRY(fill_header(context, writer.header()));
    const auto flat = config::pack(context.configuration.flat);
    std::string login_secret(32, '\0'); // of this image's routers (router/login_proofs.h)
    random_bytes(login_secret);
    const auto milters = join(milter_places(context), "\n"); // services.conf names some, which router does not read
    for (const auto& row : context.table) {
        if (row.processes == 0)
            continue;
        writer.add(TRY(service_row(context, row)));
        auto parameters = TRY(parameters_for(context, row));
        if (!parameters.empty())
            TRY(writer.add_block("params", row.name, std::move(parameters)));
        if (row.program == "router") {
            TRY(writer.add_block("flat", row.name, flat));
            TRY(writer.add_block("login_secret", row.name, login_secret));
        }
        if (row.program == "router" && !milters.empty())
            TRY(writer.add_block("milters", row.name, milters));
        TRY(writer.add_block("instance", row.name, instance_block(context, row)));
        if (row.program == "keyd" && !context.arguments.one_shot)
            TRY(writer.add_block("watched", row.name, watched_files(context)));
    }
    const auto backlog = number_of(context.settings(), "smtp_connect_backlog").value_or(0);
    for (const auto& row : image_listeners(
             context.listening, static_cast<std::uint32_t>(std::clamp<std::int64_t>(backlog, 0, 65535)))) {
        if (std::ranges::any_of(context.table, [&](const auto& service) {
                return service.processes > 0 && service.name == row.service;
            }))
            writer.add(row);
    }
    return writer.finish();
}

}
