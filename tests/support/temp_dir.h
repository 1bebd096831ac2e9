// A folder that is removed with everything in it when the test ends.
#pragma once

#include <string>
#include <string_view>

namespace gp::test {

class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
    // Makes a file with this content and returns its path.
    std::string file(std::string_view name, std::string_view content) const;

private:
    std::string path_;
};

std::string read_file(const std::string& path); // empty when it is not there
void write_file(const std::string& path, std::string_view content);

}
