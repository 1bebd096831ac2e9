#include "utilities/tool.h"

#include <cstdio>

namespace gp::utilities {

int fail(std::string_view tool, int status, std::string_view what)
{
    std::string line(tool);
    line.append(": ").append(what).append("\n");
    std::fputs(line.c_str(), stderr);
    return status;
}

}
