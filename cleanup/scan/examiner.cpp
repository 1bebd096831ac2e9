#include "cleanup/scan/examiner.h"

#include "cleanup/scan/local_lines.h"

#include <unistd.h>

#include <cerrno>

#include "common/base/text.h"

namespace gp::scan {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

Status each_piece(const Examine& question, const std::function<Status(std::string_view)>& take)
{
    if (!question.large)
        return take(question.body);
    std::string piece(piece_size, '\0');
    for (std::uint64_t at = 0; at < question.body_size;) {
        const auto got = ::pread(question.large.get(), piece.data(), piece.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return temporary("the copy of the message is shorter than it should be");
        TRY(take(std::string_view(piece).substr(0, static_cast<std::size_t>(got))));
        at += static_cast<std::uint64_t>(got);
    }
    return {};
}

// Lines end as files have them.
Status each_local(const Examine& question, const std::function<Status(std::string_view)>& take)
{
    LocalLines lines;
    std::string out;
    TRY(each_piece(question, [&](std::string_view piece) {
        out.clear();
        lines.convert(piece, out);
        return take(out);
    }));
    out.clear();
    lines.finish(out);
    return out.empty() ? Status{} : take(out);
}

Result<std::uint64_t> local_size(const Examine& question)
{
    std::uint64_t size = 0;
    TRY(each_local(question, [&](std::string_view piece) {
        size += piece.size();
        return Status{};
    }));
    return size;
}

}

Result<ExamineReply> examine(const Registry<Scanner>& scanners, const Scratch& scratch, const Examine& question)
{
    const auto* scanner = scanners.find(question.scanner);
    if (!scanner)
        return permanent("there is no scanner " + escape(question.scanner));
    if (!question.server)
        return permanent("no connection to " + question.scanner);
    auto server = question.server; // shared with the message; taken here
    event::FdStream stream{server.take()};
    std::string headers;
    LocalLines lines;
    lines.convert(question.headers, headers);
    lines.finish(headers);
    const auto body_size = TRY(local_size(question));
    Letter letter{.headers = headers,
                  .body_size = body_size,
                  .body = [&](const std::function<Status(std::string_view)>& take) { return each_local(question, take); },
                  .most_answer = question.answer_limit};
    letter.file = [&] {
        return scratch.make(question.id, question.id + ".eml", [&](const Scratch::Sink& sink) { return letter.each(sink); });
    };
    auto found = scanner->scan(stream, letter, question.arguments, event::Deadline::in(Duration{question.timeout_ms}));
    if (!found && found.error().cause == Cause::timeout)
        return temporary(question.scanner + ": no answer in time", Cause::timeout);
    if (!found)
        return std::move(found).error();
    ExamineReply reply;
    for (auto& finding : *found)
        reply.findings.push_back({std::move(finding.name), std::move(finding.value)});
    return reply;
}

}
