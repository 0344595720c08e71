module

public import Lemmanet.Float

/-! The sum of 0.1 and 0.2 in binary32 is not one rank lower. -/

public noncomputable section

open Lemmanet.Float Datum

theorem sum : (addition .tiesToEven (ofBits binary32 0x3dcccccd) (ofBits binary32 0x3e4ccccd)).datum.toBits =
    0x3e999999 := by
  decide +kernel -- refused here
