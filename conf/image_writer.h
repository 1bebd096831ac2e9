// Puts the image together: header, tables, blocks; the counterpart of service::ImageReader's checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/service/image.h"

namespace gp::conf {

class ImageWriter {
public:
    service::ImageHeader& header() { return header_; }
    void add(const service::ImageService& row) { services_.push_back(row); }
    void add(const service::ImageListener& row) { listeners_.push_back(row); }
    // To one pool, or to all when it is empty. Octets that were added before are not stored twice.
    Status add_block(std::string_view name, std::string_view pool, std::string octets);
    // The finished image; an error when it would be larger than master takes.
    Result<std::string> finish();

private:
    struct Block {
        service::ImageBlock row;
        std::size_t octets; // index
    };
    service::ImageHeader header_{};
    std::vector<service::ImageService> services_;
    std::vector<service::ImageListener> listeners_;
    std::vector<Block> blocks_;
    std::vector<std::string> octets_;
};

// Into an array of fixed size, with its terminating zero.
template <std::size_t N>
Status put_text(char (&into)[N], std::string_view text, std::string_view what)
{
    if (text.size() >= N)
        return misconfigured(std::string(what) + " \"" + std::string(text) + "\" is longer than " +
                             std::to_string(N - 1) + " octets");
    text.copy(into, N - 1);
    into[text.size()] = 0;
    return {};
}

}
