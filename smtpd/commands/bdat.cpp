// BDAT: RFC 3030. The octets of a chunk that cannot be used are read and thrown away, so that none of them
// is ever taken for a command.

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
        return count_error({501, "5.5.4", chunk.error().text});
    }
    if (auto wrong = bdat_out_of_turn()) {
        if (!skip_octets(chunk->size))
            return {};
        return *wrong;
    }
    if (chunk->size == 0 && !chunk->last)
        return protocol_error("zero size for BDAT command", 504);
    if (phase_ != Phase::chunk) {
        intake_ = std::make_unique<Intake>(reception_);
        intake_->comes_by_chunks();
        chunk_reader_ = smtp::ChunkReader{bare_line_ends()};
        phase_ = Phase::chunk;
    }
    chunk_octets_ += chunk->size;
    if (!receive_chunk(chunk->size))
        return {};
    return chunk_received(*chunk);
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
        if (limit != 0 && chunk_reader_.octets() > limit)
            intake_->give_up();
        intake_->advance();
    }
    return true;
}

smtp::Reply Session::chunk_received(const smtp::ChunkCommand& chunk)
{
    const auto count = std::to_string(chunk.size) + " byte chunk";
    const auto limit = size_limit();
    if (!chunk.last) {
        if (limit != 0 && chunk_reader_.octets() > limit)
            return {552, "5.3.4", "Message size exceeds maximum permitted"};
        return {250, "2.0.0", count + " received"};
    }
    chunk_reader_.finish(intake_->buffer());
    const bool has_bare = chunk_reader_.has_bare() && refuses_bare_line_ends();
    const auto total = std::to_string(chunk_octets_);
    const auto intake = std::move(intake_);
    auto reply = conclude(*intake, has_bare);
    const bool ends_prdr = reply.text.starts_with("id="); // that stands alone
    if (reply.is_success() && !ends_prdr)
        reply.text = " " + count + ", total " + total + "\n" + reply.text;
    return reply;
}

}
