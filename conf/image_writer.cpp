#include "conf/image_writer.h"

#include <algorithm>
#include <cstring>

namespace gp::conf {
namespace {

template <class Row>
void append(std::string& out, const Row& row)
{
    out.append(reinterpret_cast<const char*>(&row), sizeof row);
}

}

Status ImageWriter::add_block(std::string_view name, std::string_view pool, std::string octets)
{
    Block block{};
    TRY(put_text(block.row.name, name, "block"));
    TRY(put_text(block.row.service, pool, "service"));
    block.row.size = octets.size();
    const auto known = std::ranges::find(octets_, octets);
    block.octets = static_cast<std::size_t>(known - octets_.begin());
    if (known == octets_.end())
        octets_.push_back(std::move(octets));
    blocks_.push_back(block);
    return {};
}

Result<std::string> ImageWriter::finish()
{
    std::memcpy(header_.magic, service::image_magic, sizeof header_.magic);
    header_.services = static_cast<std::uint32_t>(services_.size());
    header_.listeners = static_cast<std::uint32_t>(listeners_.size());
    header_.blocks = static_cast<std::uint32_t>(blocks_.size());
    if (services_.size() > service::max_services || listeners_.size() > service::max_listeners ||
        blocks_.size() > service::max_blocks)
        return misconfigured("too many services or listeners: at most " +
                             std::to_string(service::max_services) + " and " +
                             std::to_string(service::max_listeners));
    std::uint64_t at = sizeof header_ + services_.size() * sizeof(service::ImageService) +
                       listeners_.size() * sizeof(service::ImageListener) +
                       blocks_.size() * sizeof(service::ImageBlock);
    std::vector<std::uint64_t> offsets;
    for (const auto& octets : octets_) {
        offsets.push_back(at);
        at += octets.size();
    }
    if (at > service::max_image)
        return misconfigured("the configuration is too large");
    header_.size = at;
    std::string out;
    out.reserve(at);
    append(out, header_);
    for (const auto& row : services_)
        append(out, row);
    for (const auto& row : listeners_)
        append(out, row);
    for (auto& block : blocks_) {
        block.row.offset = offsets[block.octets];
        append(out, block.row);
    }
    for (const auto& octets : octets_)
        out += octets;
    return out;
}

}
