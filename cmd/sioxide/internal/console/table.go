package console

import (
	"io"
	"strings"

	"github.com/rivo/uniseg"
)

// Table writes rows under a header, in columns.
func (c *Console) Table(header []string, rows [][]string) error {
	widths := make([]int, len(header))
	clean := make([][]string, 0, len(rows)+1)
	for _, row := range append([][]string{header}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(Printable(cell))
			widths[i] = max(widths[i], uniseg.StringWidth(cells[i]))
		}
		clean = append(clean, cells)
	}
	for i, row := range clean {
		line := rowOf(row, widths)
		if i == 0 {
			line = bold(c.Out, line)
		}
		if _, err := io.WriteString(c, line+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func rowOf(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString(cell)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
		}
	}
	return strings.TrimRight(b.String(), " ")
}
