#include "cleanup/scan/mime.h"

#include <deque>
#include <memory>

#include "cleanup/scan/mime_decoder.h"
#include "cleanup/scan/mime_fields.h"
#include "common/base/text.h"

namespace gp::scan {
namespace {

struct Range {
    std::size_t begin = 0, end = 0;
};

// Whose parts are how much of the cover letter (manual 45.4).
enum class Cover { all, first, none };

// Octets that have parts: the body of the message, or that of an attached one that was encoded.
struct Document {
    std::string_view octets;
    std::vector<MimeStep> path; // to these octets; empty: the body itself
    std::shared_ptr<const std::string> kept;
};

struct Attached {
    Document document;
    Range range; // of the whole message with its header
    unsigned depth = 0;
};

// Behind the empty line that ends a header block; the end when there is none.
std::size_t end_of_headers(std::string_view octets, Range range)
{
    for (auto at = range.begin; at < range.end;) {
        const auto line_end = std::min(octets.find('\n', at), range.end);
        const auto line = octets.substr(at, line_end - at);
        const auto next = std::min(line_end + 1, range.end);
        if (line.empty() || line == "\r")
            return next;
        at = next;
    }
    return range.end;
}

// The ranges between the delimiters of a multipart (RFC 2046 section 5.1.1). As in Exim, a line that goes on behind the
// boundary is a delimiter all the same.
std::vector<Range> between(std::string_view octets, Range range, const std::string& boundary, std::size_t most)
{
    // Only starts of lines are looked at: a search for the delimiter would take the product of what a sender may choose.
    const std::string delimiter = "--" + boundary;
    std::vector<Range> out;
    const auto text = octets.substr(0, range.end);
    const auto next_line = [&](std::size_t at) { return std::min(text.find('\n', at), range.end - 1) + 1; };
    bool is_open = false;
    for (auto at = range.begin; at < range.end && out.size() <= most;) {
        const auto line = at;
        if (!text.substr(line).starts_with(delimiter)) {
            at = next_line(line);
            continue;
        }
        const auto behind = line + delimiter.size();
        if (is_open)
            out.back().end = line;
        is_open = text.substr(behind, 2) != "--";
        if (!is_open)
            return out;
        at = next_line(behind);
        out.push_back({at, range.end});
    }
    return out;
}

class Walker {
public:
    explicit Walker(const MimeLimits& limits) : limits_(limits) {}
    DissectReply walk(std::string_view headers, std::string_view body);

private:
    void entity(const Document& document, std::string_view headers, Range range, bool is_cover, unsigned depth);
    void parts_of(const Document& document, Range range, const MimeFields& fields, bool is_cover, unsigned depth);
    void attach(const Document& document, Range range, const std::string& encoding, unsigned depth);
    void message(const Attached& attached);
    bool is_within_limits(unsigned depth);

    const MimeLimits& limits_;
    DissectReply reply_;
    std::deque<Attached> attached_;
    bool in_attached_ = false;
    std::uint32_t number_ = 0;
    std::uint64_t decoded_ = 0;
};

bool Walker::is_within_limits(unsigned depth)
{
    if (reply_.parts.size() >= limits_.parts)
        reply_.exceeded = "mime_parts_max";
    else if (depth > limits_.depth)
        reply_.exceeded = "mime_depth_max";
    return reply_.exceeded.empty();
}

void Walker::entity(const Document& document, std::string_view headers, Range range, bool is_cover, unsigned depth)
{
    if (!is_within_limits(depth))
        return;
    const auto fields = read_fields(headers, limits_.header);
    mail::MimePart told{.number = number_++, .type = fields.type, .charset = fields.charset, .filename = fields.filename};
    told.boundary = fields.is_multipart() ? fields.boundary : std::string{};
    told.disposition = fields.disposition;
    told.encoding = fields.encoding;
    told.id = fields.id;
    told.description = fields.description;
    told.is_multipart = fields.is_multipart();
    told.is_cover = is_cover;
    told.is_attached = in_attached_;
    Part part{.told = std::move(told), .path = document.path};
    part.path.push_back({range.begin, range.end, fields.encoding});
    reply_.parts.push_back(std::move(part));
    if (fields.is_multipart() && !fields.boundary.empty())
        parts_of(document, range, fields, is_cover, depth);
    else if (fields.type == "message/rfc822" || fields.type == "message/global")
        attach(document, range, fields.encoding, depth);
}

void Walker::parts_of(const Document& document, Range range, const MimeFields& fields, bool is_cover, unsigned depth)
{
    const bool all = fields.type == "multipart/alternative" || fields.type == "multipart/related";
    auto cover = !is_cover ? Cover::none : all ? Cover::all : Cover::first;
    for (const auto& part : between(document.octets, range, fields.boundary, limits_.parts)) {
        const auto body = end_of_headers(document.octets, part);
        entity(document, document.octets.substr(part.begin, body - part.begin), {body, part.end}, cover != Cover::none, depth + 1);
        if (cover == Cover::first)
            cover = Cover::none;
        if (!reply_.exceeded.empty())
            return;
    }
}

// To be looked at when the parts of this message are done.
void Walker::attach(const Document& document, Range range, const std::string& encoding, unsigned depth)
{
    if (encoding != "base64" && encoding != "quoted-printable") {
        attached_.push_back({document, range, depth + 1});
        return;
    }
    auto kept = std::make_shared<std::string>();
    decoded_ += range.end - range.begin;
    if (decoded_ > limits_.decoded) {
        reply_.exceeded = "mime_decode_limit";
        return;
    }
    MimeDecoder decoder{encoding};
    decoder.add(document.octets.substr(range.begin, range.end - range.begin), *kept);
    decoder.finish(*kept);
    Document own{.octets = *kept, .path = document.path, .kept = kept};
    own.path.push_back({range.begin, range.end, encoding});
    const Range whole{0, kept->size()};
    attached_.push_back({std::move(own), whole, depth + 1});
}

void Walker::message(const Attached& attached)
{
    number_ = 0;
    const auto& octets = attached.document.octets;
    const auto body = end_of_headers(octets, attached.range);
    entity(attached.document, octets.substr(attached.range.begin, body - attached.range.begin), {body, attached.range.end}, true,
           attached.depth);
}

DissectReply Walker::walk(std::string_view headers, std::string_view body)
{
    entity({.octets = body, .path = {}, .kept = {}}, headers, {0, body.size()}, true, 0);
    in_attached_ = true;
    while (!attached_.empty() && reply_.exceeded.empty()) {
        const auto next = std::move(attached_.front());
        attached_.pop_front();
        message(next);
    }
    return std::move(reply_);
}

}

DissectReply dissect(std::string_view headers, std::string_view body, const MimeLimits& limits)
{
    return Walker{limits}.walk(headers, body);
}

Result<std::string_view> content_at(std::string_view body, const std::vector<MimeStep>& path, std::size_t most, std::string& room)
{
    auto octets = body;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto& step = path[i];
        if (step.begin > step.end || step.end > octets.size())
            return permanent("a part of the message lies outside of it");
        octets = octets.substr(step.begin, step.end - step.begin);
        if (i + 1 == path.size())
            break;
        if (octets.size() > most)
            return permanent("an attached message is too large to be decoded (mime_decode_limit)", Cause::too_big);
        std::string decoded;
        MimeDecoder decoder{step.encoding};
        decoder.add(octets, decoded);
        decoder.finish(decoded);
        room = std::move(decoded);
        octets = room;
    }
    return octets;
}

}
