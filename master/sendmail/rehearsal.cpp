#include "master/sendmail/rehearsal.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>

#include "cleanup/inspections.h"
#include "cleanup/intake.h"
#include "cleanup/parameters.h"
#include "cleanup/pipeline.h"
#include "cleanup/room.h"
#include "cleanup/scan/reader.h"
#include "common/auth/challenge.h"
#include "common/base/text.h"
#include "common/expand/unknown_names.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/process/memfd.h"
#include "conf/compile.h"
#include "master/sendmail/own_callouts.h"
#include "master/sendmail/own_tally.h"
#include "router/acl_policy.h"
#include "router/desk.h"
#include "router/logins.h"
#include "router/tally_counts.h"
#include "smtpd/room.h"
#include "smtpd/session.h"

namespace gp::sendmail {
namespace {

// Stands where spoold would: everything is accepted and nothing is kept.
class NoSpool final
    : public ipc::Endpoint<spoold::LargePart, spoold::Commit, spoold::LargeAbandon, spoold::IsCommitted> {
public:
    Result<ipc::Done> answer(const spoold::LargePart&, ipc::Channel&) override { return ipc::Done{}; }
    Result<ipc::Done> answer(const spoold::Commit& commit, ipc::Channel&) override
    {
        if (!commit.log_line.empty())
            log::main(commit.log_line);
        return ipc::Done{};
    }
    Result<spoold::IsCommittedReply> answer(const spoold::IsCommitted&, ipc::Channel&) override
    {
        return spoold::IsCommittedReply{};
    }
    void notice(const spoold::LargeAbandon&, ipc::Channel&) override {}
};

// A link to a service that is in this process.
struct Line {
    explicit Line(std::string name) : link(std::move(name)) {}
    // `notices`: answers what the service asks back.
    Status connect(ipc::Dispatcher& service, ipc::Dispatcher* notices = nullptr)
    {
        auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM));
        served = ipc::Channel::open(std::move(theirs), "this process", &service);
        link.add(ipc::Channel::open(std::move(ours), link.service(), notices));
        return {};
    }
    ipc::Link link;
    std::shared_ptr<ipc::Channel> served;
};

// Where parts of messages are decoded into: nothing of a rehearsal goes to the spool.
class OwnScratch {
public:
    OwnScratch() = default;
    ~OwnScratch()
    {
        std::error_code none; // what stays is in the directory for what may go
        if (!path_.empty())
            std::filesystem::remove_all(path_, none);
    }
    OwnScratch(const OwnScratch&) = delete;
    OwnScratch& operator=(const OwnScratch&) = delete;
    Result<scan::Scratch> make()
    {
        std::error_code none;
        auto path = std::filesystem::temp_directory_path(none).string() + "/gatepost-bh-XXXXXX"; // mkdtemp(3) fills it in
        if (!::mkdtemp(path.data()))
            return system_error("making " + path);
        path_ = path;
        return scan::Scratch{path_};
    }
    // A directory of its own below it.
    Result<std::string> part(const char* name) const
    {
        std::error_code wrong;
        auto path = path_ + "/" + name;
        if (!std::filesystem::create_directory(path, wrong))
            return temporary("making " + path + ": " + wrong.message());
        return path;
    }

private:
    std::string path_;
};

template <class P>
Result<P> parameters_of(Result<std::string> (*compile)(const conf::Context&, const conf::ServiceRow&),
                        const conf::Context& context)
{
    const conf::ServiceRow row{};
    const auto block = TRY(compile(context, row));
    return ipc::decode<P>(block);
}

}

struct Rehearsal::Parts {
    Parts(Workplace& place, config::Problems& problems)
        : authenticators(place.world(), problems), policy(place.world(), authenticators, problems),
          logins(place.world(), authenticators), desk(place.world(), policy, logins),
          own_tally(place.configuration().main.process.spool_directory + "/tally", clock)
    {
        policy.count_with(counts);
    }
    router::Authenticators authenticators;
    router::AclPolicy policy;
    router::Logins logins;
    router::Desk desk;
    NoSpool no_spool;
    SystemClock clock;
    cleanup::Inspections inspections;
    OwnScratch own_scratch;
    std::optional<scan::Reader> reader;
    OwnTally own_tally;
    Line router{"router"}, spoold{"spoold"}, scan{"scan"}, cleanup{"cleanup"}, tally{"tally"};
    router::TallyCounts counts{tally.link};
    smtpd::Parameters smtpd_parameters;
    cleanup::Parameters cleanup_parameters;
    cleanup::RoomKeeper kept_room; // as it is until spoold says otherwise: there is room
    smtpd::WaitingClients nobody; // our client is the terminal
    smtpd::RoomView room{smtpd_parameters, nobody};
    std::unique_ptr<OwnCallouts> callouts;
    std::unique_ptr<cleanup::Intake> intake;
    std::unique_ptr<smtpd::Connections> connections;
    mail::MessageIdGenerator ids{clock};
};

Rehearsal::Rehearsal() = default;
Rehearsal::~Rehearsal() = default;

Result<std::unique_ptr<Rehearsal>> Rehearsal::make(Workplace& place, bool with_callouts)
{
    config::Problems problems;
    expand::let_unknown_names_fail_late(place.test_habits());
    auth::let_challenges_be_the_example(place.test_habits());
    std::unique_ptr<Rehearsal> made{new Rehearsal};
    made->parts_ = std::make_unique<Parts>(place, problems);
    if (problems.has_errors())
        return misconfigured(problems.text());
    auto& parts = *made->parts_;
    const auto& configuration = place.configuration();
    const auto selector = TRY(conf::LogSelector::parse(configuration.main.logging.log_selector));
    const conf::ServiceTable table = conf::built_in_services(1);
    const conf::Owners owners;
    const conf::Keys keys;
    const conf::Arguments arguments;
    const std::vector<conf::Listening> listening;
    conf::Context context{configuration, arguments, table, owners, listening, keys, selector, {}};
    context.test_habits = place.test_habits();
    parts.smtpd_parameters = TRY(parameters_of<smtpd::Parameters>(conf::smtpd_parameters, context));
    parts.smtpd_parameters.milter_set = 0; // milters remember what they are told
    if (const auto& patience = place.options().smtp_receive_timeout)
        parts.smtpd_parameters.smtp_receive_timeout = *patience;
    parts.cleanup_parameters = TRY(parameters_of<cleanup::Parameters>(conf::cleanup_parameters, context));
    parts.reader.emplace(Registry<scan::Scanner>::linked(), TRY(parts.own_scratch.make()));
    TRY(parts.scan.connect(*parts.reader));
    parts.own_tally.work_in(TRY(parts.own_scratch.part("tally")));
    TRY(parts.tally.connect(parts.own_tally));
    parts.inspections.scan_with(parts.scan.link);
    TRY(parts.router.connect(parts.desk, &parts.inspections));
    if (with_callouts) {
        parts.callouts = std::make_unique<OwnCallouts>(place.world().ground().world.site.primary_hostname, parts.router.link);
        parts.policy.call_with(*parts.callouts);
    }
    TRY(parts.spoold.connect(parts.no_spool));
    parts.intake = std::make_unique<cleanup::Intake>(
        parts.cleanup_parameters,
        cleanup::Services{.router = parts.router.link, .spoold = parts.spoold.link, .scan = parts.scan.link, .inspections = &parts.inspections},
        parts.kept_room, parts.clock);
    TRY(parts.cleanup.connect(*parts.intake));
    parts.connections = std::make_unique<smtpd::Connections>(parts.smtpd_parameters);
    return made;
}

Status Rehearsal::complete(LocalMessage& message)
{
    auto& parts = *parts_;
    auto parsed = mail::HeaderList::parse(replace_all(message.headers, "\n", "\r\n") + "\r\n");
    if (!parsed)
        return parsed.error();
    cleanup::Services services{.router = parts.router.link, .spoold = parts.spoold.link, .scan = parts.scan.link, .inspections = &parts.inspections};
    cleanup::Work work{.parameters = parts.cleanup_parameters, .services = services, .clock = parts.clock};
    work.envelope.id = message.id;
    work.envelope.sender = message.sender;
    work.envelope.origin = message.origin;
    work.local.full_name = message.full_name;
    work.local.sender_given = message.sender_given;
    work.local.extract_recipients = message.extract_recipients;
    work.headers = std::move(parsed->headers);
    cleanup::run_header_stages(work);
    if (work.lacks_recipients) {
        work.envelope.recipients.clear();
        cleanup::complete_for_sender(work);
    }
    message.sender = work.envelope.sender;
    message.headers = replace_all(work.headers.text(), "\r\n", "\n");
    for (const auto& recipient : work.envelope.recipients)
        message.recipients.push_back(recipient.address);
    return {};
}

void Rehearsal::play(event::Stream& stream, mail::Origin origin)
{
    auto& parts = *parts_;
    smtpd::Reception reception{.parameters = parts.smtpd_parameters,
                               .router = parts.router.link,
                               .cleanup = parts.cleanup.link,
                               .ids = parts.ids,
                               .clock = parts.clock,
                               .connections = *parts.connections,
                               .room = parts.room};
    smtpd::Session{stream, {.origin = std::move(origin), .local_lines = true, .rehearsal = true}, reception}.run();
}

}
