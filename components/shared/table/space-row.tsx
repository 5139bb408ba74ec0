/** Stands for the rows above and below the screen. One cell: more than there are columns would move them. */
export function SpaceRow({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr className="max-md:block">
      <td className="max-md:block" style={{ height, padding: 0 }} />
    </tr>
  );
}
