// BDAT: RFC 3030. The octets of a chunk that cannot be used are read and thrown away, so that none of them
// is ever taken for a command.

#include "common/base/number.h"
#include "common/base/text.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t block_size = 64 * 1024;

}

bool Session::skip_octets(std::uint64_t count)
{
    while (count > 0) {
        const auto block = dialogue_.read_some(std::min<std::uint64_t>(count, block_size), input_deadline());
        if (!block || block->empty()) {
            trace_.lost_in_data("header");
            end(!block && block.error().cause == Cause::timeout ? Ending::timed_out : Ending::lost_in_data);
            return false;
        }
        count -= block->size();
    }
    return true;
}

// The octets behind a command with more in it than it may have: who cannot tell how many they are reads them as commands.
bool Session::skip_unwanted(std::string_view argument)
{
    const auto word = trim_left(argument).substr(0, trim_left(argument).find_first_of(" \t"));
    if (word.empty() || !is_digit(word.front()))
        return true;
    if (const auto size = parse_unsigned(word))
        return skip_octets(*size);
    end(Ending::refused);
    return true;
}

std::optional<smtp::Reply> Session::bdat_out_of_turn()
{
    if (!offered_.chunking)
        return protocol_error("BDAT command used when CHUNKING not advertised");
    return no_recipients("BDAT");
}

smtp::Reply Session::bdat(std::string_view argument)
{
    const auto chunk = smtp::parse_bdat(argument);
    if (!chunk) {
        trace_.protocol_error(command_, chunk.error().text);
        chunks_are_broken_ = phase_ == Phase::chunk;
        if (!skip_unwanted(argument))
            return {};
        return count_error({501, "5.5.4", chunk.error().text});
    }
    if (auto wrong = bdat_out_of_turn()) {
        if (!skip_octets(chunk->size))
            return {};
        return *wrong;
    }
    if (chunks_are_broken_) {
        if (!skip_octets(chunk->size))
            return {};
        return protocol_error("only RSET accepted now");
    }
    if (chunk->size == 0 && !chunk->last) {
        chunks_are_broken_ = phase_ == Phase::chunk;
        return protocol_error("zero size for BDAT command", 504);
    }
    if (phase_ != Phase::chunk) {
        if (auto refused = refused_data()) { // once, with the first chunk of a message
            chunks_are_broken_ = true;       // the next one would begin a message in its midst
            if (!skip_octets(chunk->size))
                return {};
            return *refused;
        }
        intake_ = std::make_unique<Intake>(reception_);
        intake_->comes_by_chunks();
        intake_->goes_to(milters_.cleanup(), milters_.session());
        chunk_reader_ = smtp::ChunkReader{bare_line_ends()};
        phase_ = Phase::chunk;
    }
    chunk_octets_ += chunk->size;
    if (!receive_chunk(chunk->size))
        return {};
    if (!speaks_in_turn())
        return {554, "5.5.0", "SMTP synchronization error"};
    return chunk_received(*chunk);
}

// The octets of a chunk follow its command at once; without PIPELINING the next command waits for the answer.
bool Session::speaks_in_turn()
{
    const bool usually = parameters_.smtp_enforce_sync && !greeting_->may_talk_early && !is_on("no_enforce_sync");
    if (program_ || is_rehearsal_ || offered_.pipelining || !(usually || is_on("enforce_sync")))
        return true;
    const auto early = dialogue_.said_too_early();
    if (early.empty())
        return true;
    trace_.spoke_too_soon(command_, early, false);
    end(Ending::out_of_sync);
    return false;
}

bool Session::receive_chunk(std::uint64_t size)
{
    const auto limit = size_limit();
    while (size > 0) {
        const auto block = next_block(std::min<std::uint64_t>(size, block_size), *intake_);
        if (!block)
            return false;
        chunk_reader_.read(*block, intake_->buffer());
        size -= block->size();
        intake_->advance();
        if (limit != 0 && intake_->counted() > limit)
            intake_->keep_no_more();
    }
    return true;
}

// A bare CR or LF among the headers: Exim has words of its own for it.
std::optional<smtp::Reply> Session::bare_in_chunked_headers(Intake& intake)
{
    const std::string_view message = intake.buffer();
    const auto headers = message.substr(0, message.find("\r\n\r\n"));
    for (std::size_t i = 0; i < headers.size(); ++i) {
        if (headers.substr(i).starts_with("\r\n")) {
            ++i;
            continue;
        }
        if (headers[i] != '\r' && headers[i] != '\n')
            continue;
        trace_.bare_header(transaction_.sender(), transaction_.recipients(), headers.substr(0, i));
        intake.give_up();
        return smtp::Reply{552, "5.6.0", "Message header not CRLF terminated"};
    }
    return std::nullopt;
}

smtp::Reply Session::chunk_received(const smtp::ChunkCommand& chunk)
{
    const auto count = std::to_string(chunk.size) + " byte chunk";
    const auto limit = size_limit();
    if (!chunk.last) {
        if (limit != 0 && intake_->counted() > limit)
            return {552, "5.3.4", "Message size exceeds maximum permitted"};
        return {250, "2.0.0", count + " received"};
    }
    const auto before = intake_->octets();
    chunk_reader_.finish(intake_->buffer());
    const bool has_bare = chunk_reader_.has_bare() && refuses_bare_line_ends();
    // As Exim counts: with the line end and the empty line that were missing.
    const auto total = std::to_string(chunk_octets_ + (intake_->octets() - before) + (intake_->lacks_blank_line() ? 1 : 0));
    const auto intake = std::move(intake_);
    if (has_bare)
        if (auto refused = bare_in_chunked_headers(*intake)) {
            const auto kept = transaction_.kept();
            end_message();
            return told_to_each(*refused, kept);
        }
    const auto kept = transaction_.kept();
    auto reply = conclude(*intake, has_bare);
    if (is_lmtp_)
        return told_to_each(std::move(reply), kept);
    const bool ends_prdr = reply.text.starts_with("id="); // that stands alone
    if (reply.is_success() && !ends_prdr)
        reply.text = " " + count + ", total " + total + "\n" + reply.text;
    return reply;
}

}
