#include "cleanup/scan/reader.h"

#include "cleanup/scan/mime.h"
#include "cleanup/scan/mime_decoder.h"
#include "cleanup/scan/question_body.h"
#include "common/mail/address_parser.h"

namespace gp::scan {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

std::string part_of(std::string_view octets, std::uint64_t skip, std::uint64_t most)
{
    return std::string(skip < octets.size() ? octets.substr(skip, most) : std::string_view{});
}

}

AddressesReply addresses_in(const Addresses& question)
{
    const mail::AddressRules rules{.allow_domain_literals = true,
                                   .allow_utf8_domains = question.allow_utf8_domains,
                                   .strip_excess_angle_brackets = question.strip_excess_angle_brackets,
                                   .strip_trailing_dot = question.strip_trailing_dot};
    AddressesReply reply;
    for (std::size_t i = 0; i < question.headers.size(); ++i) {
        const auto room = question.limit - std::min<std::uint64_t>(question.limit, reply.found.size());
        const auto list = mail::parse_address_list(question.headers[i], rules, room);
        reply.too_many |= list.too_many;
        for (const auto& item : list.items) {
            Found found{.header = static_cast<std::uint32_t>(i), .begin = item.begin, .end = item.end};
            if (item.parsed) {
                found.begin = item.parsed->begin;
                found.end = item.parsed->end;
                found.address = item.parsed->address;
                found.has_domain = item.parsed->has_domain();
            } else {
                found.error = item.parsed.error().text;
            }
            reply.found.push_back(std::move(found));
        }
    }
    return reply;
}

Result<DissectReply> parts_in(const Dissect& question)
{
    std::string room;
    return dissect(question.headers, TRY(body_of(question, room)), question.limits);
}

Result<mail::MimeContent> decoded(const Decode& question, const Scratch& scratch)
{
    std::string body_room, path_room;
    const auto body = TRY(body_of(question, body_room));
    auto content = TRY(content_at(body, question.path, question.decode_limit, path_room));
    mail::MimeContent reply;
    if (question.is_raw) {
        reply.size = content.size();
        reply.start = part_of(content, question.skip, question.start);
        return reply;
    }
    MimeDecoder decoder{question.path.empty() ? std::string_view{} : std::string_view(question.path.back().encoding)};
    const auto write = [&](const Scratch::Sink& sink) -> Status {
        for (bool is_last = false; !is_last;) {
            std::string piece;
            is_last = content.size() <= piece_size;
            decoder.add(content.substr(0, piece_size), piece);
            content.remove_prefix(std::min(piece_size, content.size()));
            if (is_last)
                decoder.finish(piece);
            reply.size += piece.size();
            if (reply.start.size() < question.start)
                reply.start += piece.substr(0, question.start - reply.start.size());
            TRY(sink(piece));
        }
        return {};
    };
    if (question.file.empty())
        TRY(write([](std::string_view) { return Status{}; }));
    else
        reply.file = TRY(scratch.make(question.id, question.file, write));
    reply.anomaly = decoder.anomaly();
    reply.anomaly_text = decoder.anomaly_text();
    return reply;
}

}
