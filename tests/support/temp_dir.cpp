#include "tests/support/temp_dir.h"

#include "common/base/result.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gp::test {

TempDir::TempDir()
{
    auto pattern = (std::filesystem::temp_directory_path() / "gatepost-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
        panic(system_error("make " + pattern).text);
    path_ = pattern;
}

TempDir::~TempDir()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::file(std::string_view name, std::string_view content) const
{
    auto where = *this / name;
    write_file(where, content);
    return where;
}

std::string read_file(const std::string& path)
{
    const std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

void write_file(const std::string& path, std::string_view content)
{
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush())
        panic("cannot write " + path);
}

}
