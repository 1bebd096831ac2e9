#include "cleanup/scan/milter_office.h"

#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/mail/header_list.h"

namespace gp::scan {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// `broken`: why our own copy of the message cannot be read, once that is so.
MilterLetter letter_of(const GiveMilter& question, Status& broken)
{
    MilterLetter letter;
    const auto parsed = mail::HeaderList::parse(question.headers, {.header_maxsize = question.headers.size() + 1});
    if (parsed)
        for (const auto& header : parsed->headers) {
            auto text = replace_all(std::string(header.raw_value()), "\r\n", "\n");
            if (text.ends_with('\n'))
                text.pop_back();
            letter.headers.emplace_back(header.name(), std::move(text));
        }
    letter.body = [&question, &broken](const std::function<Status(std::string_view)>& take) -> Status {
        if (!question.large)
            return take(question.body);
        std::string piece(piece_size, '\0');
        for (std::uint64_t at = 0; at < question.body_size;) {
            const auto got = read_at(question.large.get(), piece.data(), piece.size(), at);
            if (!got || *got == 0)
                return broken = got ? temporary("the copy of the message is shorter than it should be") : got.error();
            TRY(take(std::string_view(piece).substr(0, *got)));
            at += *got;
        }
        return {};
    };
    return letter;
}

}

Result<std::shared_ptr<MilterTalk>> MilterOffice::talk_at(const Key& key) const
{
    const auto found = talks_.find(key);
    if (found == talks_.end())
        return permanent("there is no such conversation with a milter");
    return found->second;
}

Result<BeginMilterReply> MilterOffice::begin(const BeginMilter& question, ipc::Channel& from)
{
    auto server = question.server; // shared with the message; taken here
    if (!server)
        return permanent("no connection to a milter");
    if (talks_.size() + beginning_ >= question.talks_max)
        return temporary("more than " + std::to_string(question.talks_max) + " conversations with milters (milter_sessions_max)");
    const auto talk = std::make_shared<MilterTalk>(
        std::make_unique<event::FdStream>(server.take()),
        MilterTimes{.command = Duration{question.command_ms}, .content = Duration{question.content_ms}}, question.answer_limit);
    ++beginning_;
    const auto agreed = talk->negotiate();
    --beginning_;
    if (!agreed)
        return BeginMilterReply{.failure = agreed.error().text};
    if (!from.is_open())
        return temporary("nobody waits for it", Cause::closed);
    talks_.emplace(Key{from.id(), ++last_}, talk);
    return BeginMilterReply{.talk = last_};
}

// A conversation that is over is the milter's failure; what was asked of us out of turn is not.
Result<TellMilterReply> MilterOffice::tell(const TellMilter& question, ipc::Channel& from)
{
    const auto talk = TRY(talk_at({from.id(), question.talk}));
    auto said = talk->say(question.event, question.arguments, question.macros);
    if (said)
        return TellMilterReply{.verdict = std::move(said).take()};
    if (!talk->is_over())
        return said.error();
    return TellMilterReply{.failure = said.error().text};
}

Result<GiveMilterReply> MilterOffice::give(const GiveMilter& question, ipc::Channel& from)
{
    const auto talk = TRY(talk_at({from.id(), question.talk}));
    GiveMilterReply reply;
    Status readable;
    auto said = talk->give(letter_of(question, readable), question.macros, event::Deadline::in(Duration{question.timeout_ms}), reply.changes);
    TRY(readable);
    if (said)
        reply.verdict = std::move(said).take();
    else if (talk->is_over())
        reply.failure = said.error().text;
    else
        return said.error();
    return reply;
}

Result<ipc::Done> MilterOffice::end(const EndMilter& question, ipc::Channel& from)
{
    const Key key{from.id(), question.talk};
    const auto talk = TRY(talk_at(key));
    if (question.only_message) {
        talk->abort();
        TRY(talk->settle());
        return ipc::Done{};
    }
    talks_.erase(key);
    talk->quit();
    return ipc::Done{};
}

void MilterOffice::drop(const DropMilter& told, ipc::Channel& from)
{
    if (const auto talk = talk_at({from.id(), told.talk}))
        (*talk)->leave();
    talks_.erase({from.id(), told.talk});
}

void MilterOffice::drop_all_of(ipc::Channel& from)
{
    std::erase_if(talks_, [&](const auto& entry) {
        if (entry.first.first != from.id())
            return false;
        entry.second->leave();
        return true;
    });
}

}
