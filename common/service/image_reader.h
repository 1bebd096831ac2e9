// The configuration image as master and `gatepost privileges` read it: every number checked against its size,
// every name against the few characters that names have, before anything is believed. What follows the
// tables stays opaque.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/process/memfd.h"
#include "common/service/image.h"

namespace gp::service {

class Image {
public:
    // Takes a sealed memory file; the error says which number is wrong.
    static Result<Image> open(OwnedFd fd);
    static Result<Image> parse(std::string_view octets); // as open() does, of octets that outlive it

    const ImageHeader& header() const { return header_; }
    const std::vector<ImageService>& services() const { return services_; }
    const std::vector<ImageListener>& listeners() const { return listeners_; }
    const std::vector<ImageBlock>& blocks() const { return blocks_; }
    const ImageService* service(std::string_view pool) const;
    std::string_view octets(const ImageBlock& block) const;
    bool has(ImageFlags flag) const { return (header_.flags & flag) != 0; }

private:
    Status check() const;
    Status check_header() const;
    Status check_service(const ImageService& row) const;
    Status check_listener(const ImageListener& row) const;
    Status check_block(const ImageBlock& row) const;

    process::MappedFile file_;
    std::string_view octets_;
    std::size_t tables_end_ = 0;
    ImageHeader header_{};
    std::vector<ImageService> services_;
    std::vector<ImageListener> listeners_;
    std::vector<ImageBlock> blocks_;
};

// A zero-terminated text in an array of fixed size, as far as its first zero.
template <std::size_t N>
std::string_view text_of(const char (&array)[N])
{
    return {array, strnlen(array, N)};
}

}
